/* A server with one object cache per type of request.
 *
 * Requests of a type have one size and one life: read, queued, answered, gone. A cache for each type keeps what they own while
 * they are free (the counts of a `sort` are allocated and cleared once, and serve thousands of requests), and shows by name in
 * quarry_slabinfo which type holds how much memory.
 *
 * Clients are threads at the other ends of socket pairs; when the last one hangs up, the server ends. */
#include <quarry.h>

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 4, REQUESTS = 20000, NUMBERS = 100 };
enum type { ECHO, SORT, TYPES };

/* What is sent both ways; numbers are below NUMBERS. */
struct message {
    enum type type;
    int numbers[NUMBERS];
};

struct request {
    struct request *next;
    int client;
    struct message message;
};

struct sort {
    struct request request;
    int *counts; /* how often each number occurs: the object's from construction to destruction, all zero while it is free */
};

static int sort_construct(void *object, void *arg) {
    return (void)arg, (((struct sort *)object)->counts = calloc(NUMBERS, sizeof(int))) == NULL;
}

static void sort_destruct(void *object, void *arg) { (void)arg, free(((struct sort *)object)->counts); }

static quarry_cache *caches[TYPES];

/* Reads a request of `client` into an object of its type's cache; NULL if the client has hung up or sent no message of a known
 * type, or there is no memory. */
static struct request *receive(int client) {
    struct message message;
    struct request *request = NULL;
    if (recv(client, &message, sizeof message, 0) == sizeof message &&
        (unsigned)message.type < TYPES && (request = quarry_cache_alloc(caches[message.type])) != NULL)
        *request = (struct request){.client = client, .message = message};
    return request;
}

static void answer(struct request *request) {
    struct message *message = &request->message;
    if (message->type == SORT) {
        int *counts = ((struct sort *)request)->counts, sorted = 0;
        for (int i = 0; i < NUMBERS; i++)
            counts[message->numbers[i]]++;
        for (int number = 0; number < NUMBERS; number++)
            for (; counts[number] > 0; counts[number]--) /* down to zero again: the object goes back as it was constructed */
                message->numbers[sorted++] = number;
    }
    if (send(request->client, message, sizeof *message, 0) != sizeof *message)
        abort();
    quarry_cache_free(caches[message->type], request);
}

static void *client(void *socket) {
    struct message sent, received;
    for (int i = 0; i < REQUESTS; i++) {
        sent.type = (enum type)(i % TYPES);
        for (int k = 0; k < NUMBERS; k++)
            sent.numbers[k] = (i + k * 37) % NUMBERS;
        if (send(*(int *)socket, &sent, sizeof sent, 0) < 0 || recv(*(int *)socket, &received, sizeof received, 0) < 0)
            abort();
        for (int k = 0; k < NUMBERS; k++)
            if (received.numbers[k] != (sent.type == ECHO ? sent.numbers[k] : k))
                abort();
    }
    close(*(int *)socket);
    return NULL;
}

int main(void) {
    struct pollfd ends[CLIENTS];
    pthread_t threads[CLIENTS];
    int sockets[CLIENTS][2], open = CLIENTS;
    size_t answered = 0;
    caches[ECHO] = quarry_cache_create("echo", sizeof(struct request), 0, NULL, NULL, NULL, NULL, 0);
    caches[SORT] = quarry_cache_create("sort", sizeof(struct sort), 0, sort_construct, sort_destruct, NULL, NULL, 0);
    for (int i = 0; i < CLIENTS; i++) {
        if (caches[ECHO] == NULL || caches[SORT] == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets[i]) != 0 ||
            pthread_create(&threads[i], NULL, client, &sockets[i][1]) != 0)
            abort();
        ends[i] = (struct pollfd){.fd = sockets[i][0], .events = POLLIN};
    }
    while (open > 0 && poll(ends, CLIENTS, -1) > 0) {
        struct request *queue = NULL, *request;
        for (int i = 0; i < CLIENTS; i++) {
            if (ends[i].revents != 0 && (request = receive(ends[i].fd)) != NULL) {
                request->next = queue;
                queue = request;
            } else if (ends[i].revents != 0) {
                close(ends[i].fd);
                ends[i] = (struct pollfd){.fd = -1}; /* poll leaves it out */
                open--;
            }
        }
        for (; (request = queue) != NULL; answered++) {
            queue = request->next;
            answer(request);
        }
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    printf("%zu requests answered; the caches at the end:\n", answered);
    quarry_slabinfo(stdout);
    return quarry_cache_destroy(caches[ECHO]) != 0 || quarry_cache_destroy(caches[SORT]) != 0;
}
