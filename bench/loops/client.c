/* The load: one thread, many connections, one request in flight on each active one.
 *
 *     client PORT CONNECTIONS ACTIVE SIZE
 *
 * Connects, and lets every connection make one round trip: connected is not served.
 * Then it prints "served N", and for each line "go SECONDS" on its input it keeps the
 * first ACTIVE connections busy for that long and prints
 *
 *     REQUESTS SECONDS WRONG P99_MICROSECONDS
 *
 * A connection's next request goes out when the whole answer is there, and the answer
 * is compared. It ends at the end of its input, or when nothing comes for 10 seconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A batch is less than a backlog: whom that has no room for tries again in seconds. */
enum { MOST = 65536, BATCH = 256, EVENTS = 512, PATIENCE = 10000 /* ms */, LATENCIES = 1 << 20 };

struct tap {
    int fd;
    size_t heard; /* bytes of the present answer */
    double asked; /* when its request went out, in seconds */
};

static int aisle, size;
static char request[MOST], answer[MOST];
static long wrong;
static double latencies[LATENCIES];
static long measured;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void ask(struct tap *tap)
{
    tap->heard = 0;
    tap->asked = now();
    if (send(tap->fd, request, size, MSG_NOSIGNAL) != size)
        die("send");
}

/* Whether the whole answer is there. */
static int hear(struct tap *tap)
{
    ssize_t got = recv(tap->fd, answer, size - tap->heard, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got <= 0)
        die("recv");
    wrong += memcmp(answer, request + tap->heard, got) != 0;
    tap->heard += got;
    return tap->heard == (size_t)size;
}

static int wait_for(struct epoll_event *events)
{
    int ready = epoll_wait(aisle, events, EVENTS, PATIENCE);
    if (ready == 0)
        errno = ETIMEDOUT;
    if (ready <= 0)
        die("the server does not answer");
    return ready;
}

/* So many answers, or until that time: whichever is asked for by a value above 0. */
static long run(struct tap *taps, int active, long answers, double until)
{
    struct epoll_event events[EVENTS];
    long done = 0, open = active;
    for (int i = 0; i < active; i++)
        ask(&taps[i]);
    while (open) {
        int ready = wait_for(events);
        double time = now();
        for (int i = 0; i < ready; i++) {
            struct tap *tap = events[i].data.ptr;
            if (!hear(tap))
                continue;
            if (until > 0)
                latencies[measured++ % LATENCIES] = time - tap->asked;
            done += 1;
            if (answers ? done + open <= answers : time < until)
                ask(tap);
            else
                open -= 1;
        }
    }
    return done;
}

static int larger(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double ninety_ninth(void)
{
    long kept = measured < LATENCIES ? measured : LATENCIES;
    qsort(latencies, kept, sizeof *latencies, larger);
    return kept ? latencies[kept * 99 / 100] * 1e6 : 0;
}

static void come_in(struct tap *tap, int port)
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct linger reset = {1, 0}; /* leaves no port in TIME_WAIT behind */
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = tap};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    tap->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (tap->fd < 0 || connect(tap->fd, (struct sockaddr *)&there, sizeof there))
        die("connect");
    setsockopt(tap->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    epoll_ctl(aisle, EPOLL_CTL_ADD, tap->fd, &event);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return fprintf(stderr, "client PORT CONNECTIONS ACTIVE SIZE\n"), 2;
    int port = atoi(argv[1]), connections = atoi(argv[2]), active = atoi(argv[3]);
    struct tap *taps = calloc(connections, sizeof *taps);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    size = atoi(argv[4]) < MOST ? atoi(argv[4]) : MOST;
    for (int i = 0; i < size; i++)
        request[i] = 'a' + i % 26;
    aisle = epoll_create1(0);
    long served = 0;
    for (int i = 0; i < connections; i += BATCH) {
        int more = connections - i < BATCH ? connections - i : BATCH;
        for (int j = i; j < i + more; j++)
            come_in(&taps[j], port);
        served += run(&taps[i], more, more, 0);
    }
    printf("served %ld\n", served);
    fflush(stdout);
    double seconds;
    while (scanf(" go %lf", &seconds) == 1) {
        double begun = now();
        measured = 0;
        long done = run(taps, active, 0, begun + seconds);
        double took = now() - begun; /* the sorting comes after the window */
        printf("%ld %.6f %ld %.1f\n", done, took, wrong, ninety_ninth());
        fflush(stdout);
    }
    return 0;
}
