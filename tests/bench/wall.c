/* An open-loop wall of viewers: everybody asks when it is time, however long the answers before took.
 *
 * wall HOST PORT VIEWERS WARM_UP SECONDS TOKEN PLAYLIST...
 *
 * Each viewer has a connection of its own, and asks for one of the playlists every second and for its newest
 * segment every other second, at a phase of its own. A delay counts from the moment at which the request was
 * due, not from the one at which it could be sent. Prints one JSON object; delays in milliseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { PLAYLIST, SEGMENT, KINDS };
enum { HEAD = 8192, EVENTS = 256, PIECE = 1 << 20, PER_PERIOD = 3 };

static const double PERIOD = 2.0; /* seconds, of two playlists and a segment */
static const double CONNECT_EVERY = 0.0002;
static const double PATIENCE = 5.0; /* seconds after the end for what is under way */

struct viewer {
    int fd, kind;
    const char *playlist;
    double phase, due;      /* of the request that is under way, or the next one */
    double *next;           /* the same, infinite while one is under way: all of them lie side by side */
    long asked;             /* requests so far */
    bool was_busy;          /* when the request was due */
    bool waits, in_body;    /* for an answer; its head is complete */
    size_t have, left;      /* bytes in `head`; bytes of the body that are still to come */
    char newest[64];
    char head[HEAD];
};

struct delays {
    double *all;
    size_t count, room;
};

static struct delays delays[KINDS], late;
static long errors;
static char first_error[160];
static double start, from, until; /* monotonic seconds; what is due in [from, until) counts */
static const char *host, *token;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void note(struct delays *d, double seconds)
{
    if (d->count == d->room) {
        d->room = d->room ? 2 * d->room : 1 << 16;
        if (!(d->all = realloc(d->all, d->room * sizeof *d->all)))
            die("memory");
    }
    d->all[d->count++] = 1000 * seconds;
}

__attribute__((format(printf, 1, 2))) static void wrong(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!errors++)
        vsnprintf(first_error, sizeof first_error, format, arguments);
    va_end(arguments);
}

static int connected(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address))
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* The requests of a viewer: a playlist, a segment a third of a second later, a playlist after a second. */
static double due_of(const struct viewer *v, long number)
{
    static const double offsets[PER_PERIOD] = {0, 0.35, 1};
    return start + v->phase + PERIOD * (number / PER_PERIOD) + offsets[number % PER_PERIOD];
}

static void drop(struct viewer *v)
{
    close(v->fd);
    v->fd = -1;
    *v->next = INFINITY;
}

static void ask(struct viewer *v)
{
    char text[1024];
    bool is_segment = v->asked % PER_PERIOD == 1 && v->newest[0];
    int directory = is_segment ? strrchr(v->playlist, '/') - v->playlist + 1 : (int)strlen(v->playlist);
    int length = snprintf(text, sizeof text, "GET %.*s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n",
                          directory, v->playlist, is_segment ? v->newest : "", host, token);
    v->kind = is_segment ? SEGMENT : PLAYLIST;
    v->waits = true;
    v->in_body = false;
    v->have = 0;
    v->asked++;
    *v->next = INFINITY;
    if (!v->was_busy && v->due >= from && v->due < until)
        note(&late, now() - v->due);
    if (send(v->fd, text, length, MSG_NOSIGNAL) != length) {
        wrong("send: %s", strerror(errno));
        drop(v);
    }
}

/* The last segment that a playlist names. */
static void keep_newest(struct viewer *v)
{
    char *end = NULL, *next = v->head;
    v->head[v->have] = 0;
    while ((next = strstr(next, ".m4s")))
        end = next += 4;
    if (!end)
        return;
    char *begin = end;
    while (begin > v->head && begin[-1] != '\n')
        begin--;
    snprintf(v->newest, sizeof v->newest, "%.*s", (int)(end - begin), begin);
}

static void answered(struct viewer *v)
{
    double at = now();
    if (v->due >= from && v->due < until)
        note(&delays[v->kind], at - v->due);
    if (v->kind == PLAYLIST)
        keep_newest(v);
    v->waits = false;
    v->due = due_of(v, v->asked);
    v->was_busy = v->due < at;
    *v->next = v->due < until ? v->due : INFINITY;
}

/* Look for the end of the head; the rest of what was read is the beginning of the body. */
static void head_came(struct viewer *v)
{
    v->head[v->have] = 0;
    char *end = strstr(v->head, "\r\n\r\n"), *length = strcasestr(v->head, "\r\nContent-Length:");
    if (!end) {
        if (v->have == HEAD - 1)
            wrong("a head that does not end");
        return;
    }
    if (strncmp(v->head, "HTTP/1.1 200", 12) || !length || length > end) {
        wrong("%.*s", (int)strcspn(v->head, "\r\n"), v->head);
        drop(v);
        return;
    }
    size_t size = strtoul(length + 17, NULL, 10), came = v->have - (end + 4 - v->head);
    v->in_body = true;
    v->left = size > came ? size - came : 0;
}

static void readable(struct viewer *v)
{
    while (v->fd >= 0 && v->waits) {
        /* What nobody looks at is thrown away in the kernel: the generator must not be what is measured. */
        bool is_dull = v->in_body && v->kind == SEGMENT;
        size_t room = is_dull ? (v->left < PIECE ? v->left : PIECE) : HEAD - 1 - v->have;
        ssize_t got = recv(v->fd, is_dull ? NULL : v->head + v->have, room,
                           MSG_DONTWAIT | (is_dull ? MSG_TRUNC : 0));
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0) {
            wrong("the server hung up");
            drop(v);
            return;
        }
        if (is_dull) {
            v->left -= got;
        } else {
            v->have += got;
            if (v->in_body)
                v->left -= (size_t)got < v->left ? (size_t)got : v->left;
            else
                head_came(v);
        }
        if (v->fd >= 0 && v->in_body && !v->left)
            answered(v);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(const char *name, struct delays *d)
{
    qsort(d->all, d->count, sizeof *d->all, by_size);
    size_t n = d->count;
    double p50 = n ? d->all[n / 2] : 0, p99 = n ? d->all[(n * 99) / 100] : 0, most = n ? d->all[n - 1] : 0;
    printf("\"%s\": {\"count\": %zu, \"p50\": %.3f, \"p99\": %.3f, \"most\": %.3f}, ", name, n, p50, p99, most);
}

static void play(struct viewer *viewers, const double *next, int count, int poll)
{
    struct epoll_event events[EVENTS];
    bool is_over = false;
    while (!is_over && now() < until + PATIENCE) {
        double at = now();
        for (int i = 0; i < count; i++)
            if (next[i] <= at)
                ask(&viewers[i]);
        int came = epoll_wait(poll, events, EVENTS, 0); /* a core of our own: sleep would make us late */
        for (int i = 0; i < came; i++)
            readable(events[i].data.ptr);
        is_over = at >= until;
        for (int i = 0; is_over && i < count; i++)
            is_over = viewers[i].fd < 0 || !viewers[i].waits;
    }
    for (int i = 0; i < count; i++)
        if (viewers[i].fd >= 0 && viewers[i].waits)
            wrong("no answer within %.0f s", PATIENCE);
}

int main(int argc, char **argv)
{
    if (argc < 8)
        return fprintf(stderr, "usage: wall HOST PORT VIEWERS WARM_UP SECONDS TOKEN PLAYLIST...\n"), 2;
    host = argv[1];
    token = argv[6];
    int count = atoi(argv[3]), playlists = argc - 7, poll = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    struct viewer *viewers = calloc(count, sizeof *viewers);
    double *next = calloc(count, sizeof *next);
    if (!viewers || !next || poll < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1)
        die("start");
    for (int i = 0; i < count; i++) {
        struct viewer *v = &viewers[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = v};
        v->fd = connected(&address);
        v->playlist = argv[7 + i % playlists];
        v->phase = PERIOD * i / count;
        v->next = &next[i];
        if (epoll_ctl(poll, EPOLL_CTL_ADD, v->fd, &event))
            die("epoll");
        usleep(1e6 * CONNECT_EVERY);
    }
    start = now() + 0.05;
    from = start + atof(argv[4]);
    until = from + atof(argv[5]);
    for (int i = 0; i < count; i++)
        next[i] = viewers[i].due = due_of(&viewers[i], 0);
    play(viewers, next, count, poll);
    printf("{");
    tell("playlists", &delays[PLAYLIST]);
    tell("segments", &delays[SEGMENT]);
    tell("late", &late);
    printf("\"errors\": %ld, \"first_error\": \"%s\"}\n", errors, first_error);
    return 0;
}
