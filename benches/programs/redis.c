/* redis REQUESTS CLIENTS: redis-server at work under redis-benchmark.
 *
 * Starts a server that keeps everything in memory and listens on a socket file in a folder of its own, lets
 * redis-benchmark send REQUESTS of each of eight kinds by CLIENTS connections, 16 at a time, ends the server, and
 * removes the folder. Only the server runs on the preloaded library: it is taken from the environment of
 * redis-benchmark. Where none is preloaded, libc is: redis-server may be linked with an allocator of its own.
 * Exit status 0 if both ended well. The server ends with this program whatever happens: it is told to when this one
 * dies. Time is that of both programs; peak RSS is the server's, the largest of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STARTS_WITHIN_MS = 10000, SIDE = 512 };

extern char **environ;

static pid_t server;
static char folder[] = "/tmp/quarry-redis-XXXXXX";
static char path[SIDE];

static void clean_up(void)
{
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    unlink(path);
    rmdir(folder);
}

static void stop(const char *what)
{
    fprintf(stderr, "redis: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void start_server(void)
{
    if (getenv("LD_PRELOAD") == NULL)
        setenv("LD_PRELOAD", "libc.so.6", 1);
    pid_t parent = getpid();
    server = fork();
    if (server < 0)
        stop("fork");
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no",
               "--dir", folder, "--loglevel", "warning", "--daemonize", "no", "--io-threads", "1", (char *)NULL);
        _exit(127);
    }
}

/* Waits until the server takes connections. */
static void await_server(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        stop("the name of the socket is too long");
    strcpy(address.sun_path, path);
    for (int waited = 0; waited < STARTS_WITHIN_MS; waited++) {
        int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connection < 0)
            stop("socket");
        int error = connect(connection, (struct sockaddr *)&address, sizeof address);
        close(connection);
        if (error == 0)
            return;
        if (waitpid(server, NULL, WNOHANG) == server) {
            server = 0;
            stop("redis-server ended at once");
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    stop("redis-server takes no connections");
}

static int ended_well(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            stop("waitpid");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: redis REQUESTS CLIENTS\n");
        return 2;
    }
    if (mkdtemp(folder) == NULL)
        stop(folder);
    snprintf(path, sizeof path, "%s/socket", folder);
    atexit(clean_up);
    start_server();
    await_server();

    unsetenv("LD_PRELOAD");
    char *command[] = {"redis-benchmark", "-s", path, "-n", argv[1], "-c", argv[2], "-P", "16", "-r", "100000",
                       "-d", "120", "-q", "-t", "set,get,incr,lpush,rpop,sadd,hset,zadd", NULL};
    pid_t client;
    if ((errno = posix_spawnp(&client, command[0], NULL, NULL, command, environ)) != 0)
        stop(command[0]);
    if (!ended_well(client))
        stop("redis-benchmark did not end well");
    kill(server, SIGTERM);
    pid_t ending = server;
    server = 0;
    if (!ended_well(ending))
        stop("redis-server did not end well");
    return 0;
}
