/* The limit: an echo server with epoll, in C.
 *
 *     echo DESCRIPTOR      of a socket that listens already
 *
 * It does what every entrant must: it accepts, reads up to 64 KiB, sends it back, and
 * keeps what finds no room until there is some. It has no timers, no limits and no
 * handlers: what those cost is the question that this benchmark asks of the others.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SCOOP = 65536, EVENTS = 512 };

struct guest {
    int fd;
    size_t pending; /* bytes in rest that found no room */
    char *rest;
};

static int aisle;

static void watch(struct guest *guest, int how, uint32_t flags)
{
    struct epoll_event event = {.events = flags, .data.ptr = guest};
    epoll_ctl(aisle, how, guest->fd, &event);
}

static void leave(struct guest *guest)
{
    close(guest->fd); /* and with that it leaves the epoll set, too */
    free(guest->rest);
    free(guest);
}

static void let_in(int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct guest *guest = calloc(1, sizeof *guest);
        guest->fd = fd;
        watch(guest, EPOLL_CTL_ADD, EPOLLIN);
    }
}

/* Sends what there is room for: how many bytes that was, or -1 for an error. */
static ssize_t hand_over(int fd, const char *data, size_t size)
{
    ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
}

static void echo(struct guest *guest)
{
    static char scoop[SCOOP];
    ssize_t size = recv(guest->fd, scoop, SCOOP, 0);
    if (size < 0 && errno == EAGAIN)
        return;
    ssize_t sent = size > 0 ? hand_over(guest->fd, scoop, size) : -1;
    if (sent < 0) {
        leave(guest);
    } else if (sent < size) {
        guest->pending = size - sent;
        guest->rest = malloc(guest->pending);
        memcpy(guest->rest, scoop + sent, guest->pending);
        watch(guest, EPOLL_CTL_MOD, EPOLLOUT); /* and read no more until then */
    }
}

static void pour(struct guest *guest)
{
    ssize_t sent = hand_over(guest->fd, guest->rest, guest->pending);
    if (sent < 0) {
        leave(guest);
        return;
    }
    guest->pending -= sent;
    memmove(guest->rest, guest->rest + sent, guest->pending);
    if (guest->pending == 0) {
        free(guest->rest);
        guest->rest = NULL;
        watch(guest, EPOLL_CTL_MOD, EPOLLIN);
    }
}

int main(int argc, char **argv)
{
    struct guest door = {.fd = argc > 1 ? atoi(argv[1]) : 0};
    struct epoll_event events[EVENTS];
    fcntl(door.fd, F_SETFL, O_NONBLOCK); /* or the last accept would wait */
    aisle = epoll_create1(0);
    watch(&door, EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        int ready = epoll_wait(aisle, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct guest *guest = events[i].data.ptr;
            if (guest == &door)
                let_in(door.fd);
            else if (guest->pending)
                pour(guest);
            else
                echo(guest);
        }
    }
}
