/* keys KEYS PERCENT: redis-server with KEYS keys, of which PERCENT % are then deleted.
 *
 * Becomes redis-server itself, so that what is measured is the server, and leaves a child that speaks to it by a socket
 * file in a folder of its own: KEYS keys with values of 16 to 400 bytes, 1.5 s of rest, then PERCENT % of the keys
 * deleted in no order, and 1.5 s of rest, in which the server does what it does by itself. Where nothing is preloaded, libc is:
 * redis-server may be linked with an allocator of its own. If the child fails, it kills the server.
 * Marks, of the server: start; filled; deleted, at once; end. Figure: what is left of the filled one, in percent of it.
 * Path: single small objects that die at random, as a cache's do. */
#define _GNU_SOURCE
#include "memory.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { STARTS_WITHIN_MS = 10000, BATCH = 256, REST_MS = 1500, VALUE_LEAST = 16, VALUE_MOST = 400 };

static char folder[] = "/tmp/quarry-keys-XXXXXX";
static char path[sizeof folder + 16];
static pid_t server;
static int wire = -1;

static void clean_up(void)
{
    unlink(path);
    rmdir(folder);
}

static void give_up(const char *why)
{
    fprintf(stderr, "keys: %s: %s\n", why, strerror(errno));
    if (getppid() == server)
        kill(server, SIGKILL);
    clean_up();
    _exit(1);
}

static void become_server(void)
{
    if (getenv("LD_PRELOAD") == NULL)
        setenv("LD_PRELOAD", "libc.so.6", 1);
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir",
           folder, "--loglevel", "warning", "--daemonize", "no", "--io-threads", "1", "--activerehashing", "yes",
           (char *)NULL);
    _exit(127);
}

static void connect_to_server(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    for (int waited = 0; waited < STARTS_WITHIN_MS; waited++) {
        if ((wire = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
            give_up("socket");
        if (connect(wire, (struct sockaddr *)&address, sizeof address) == 0)
            return;
        close(wire);
        rest(1);
    }
    give_up("redis-server takes no connections");
}

static void send_all(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(wire, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            give_up("send");
        bytes += sent > 0 ? sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
    }
}

/* Reads so many answers of one line each; stops at one that is an error. */
static void await_answers(size_t count)
{
    char bytes[8192];
    int begins = 1;

    while (count > 0) {
        ssize_t length = recv(wire, bytes, sizeof bytes, 0);
        if (length <= 0)
            give_up("the server says nothing more");
        for (ssize_t at = 0; at < length; at++) {
            if (begins && bytes[at] == '-')
                give_up("the server refuses");
            begins = bytes[at] == '\n';
            count -= begins;
        }
    }
}

static void set_keys(size_t keys)
{
    static char text[BATCH * (VALUE_MOST + 100)], value[VALUE_MOST];
    uint64_t random = 1;

    memset(value, 'v', sizeof value);
    for (size_t at = 0; at < keys;) {
        size_t length = 0, count = 0;
        for (; count < BATCH && at < keys; count++, at++) {
            size_t size = draw_size(&random, VALUE_LEAST, VALUE_MOST);
            length += (size_t)sprintf(text + length, "*3\r\n$3\r\nSET\r\n$12\r\nkey:%08zu\r\n$%zu\r\n%.*s\r\n", at, size,
                                      (int)size, value);
        }
        send_all(text, length);
        await_answers(count);
    }
}

static void delete_keys(size_t keys, size_t percent)
{
    static char text[BATCH * 64];
    uint64_t random = 2;

    for (size_t at = 0; at < keys;) {
        size_t length = 0, count = 0;
        for (; count < BATCH && at < keys; at++) {
            if (draw_below(&random, 100) >= percent)
                continue;
            length += (size_t)sprintf(text + length, "*2\r\n$3\r\nDEL\r\n$12\r\nkey:%08zu\r\n", at);
            count++;
        }
        send_all(text, length);
        await_answers(count);
    }
}

/* Speaks to the server, marks its memory, and tells it to end. */
static void drive(size_t keys, size_t percent)
{
    connect_to_server();
    mark_as("start", resident(server));
    set_keys(keys);
    rest(REST_MS);
    size_t filled = resident(server);
    mark_as("filled", filled);
    delete_keys(keys, percent);
    mark_as("deleted", resident(server));
    rest(REST_MS);
    size_t end = resident(server);
    mark_as("end", end);
    figure("left", 100.0 * (double)end / (double)filled, "%");
    static const char shutdown[] = "*2\r\n$8\r\nSHUTDOWN\r\n$6\r\nNOSAVE\r\n";
    send_all(shutdown, sizeof shutdown - 1);
    char byte;
    while (recv(wire, &byte, 1, 0) > 0)
        ;
    clean_up();
    _exit(0);
}

int main(int argc, char **argv)
{
    size_t keys = argument(argc, argv, 1, "KEYS"), percent = argument(argc, argv, 2, "PERCENT");

    if (mkdtemp(folder) == NULL)
        stop("no folder for the socket");
    snprintf(path, sizeof path, "%s/socket", folder);
    server = getpid();
    pid_t driver = fork();
    if (driver < 0)
        stop("fork refused");
    if (driver == 0) {
        drive(keys, percent);
    }
    become_server();
}
