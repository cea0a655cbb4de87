/* Walls that look at the live edge: so many WebSockets which take whatever comes, and count it.
 *
 *   viewers PORT CONNECTIONS SECONDS REQUEST COMMANDS
 *
 * REQUEST is a file with the whole request that opens the WebSocket; COMMANDS one with a command on each line,
 * sent over each connection. Begins to count `SETTLE` seconds after the last connection stands: until then all get
 * a whole group of each camera at once. One line of JSON at the end: the least and the most pictures that a
 * connection got, the pictures of all, and how often the server said something but the usual (somebody was too
 * slow) or a connection ended.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SETTLE = 2, HEAD = 16, PIECE = 1 << 16, LONGEST = 4096 };
enum { TEXT = 1, PICTURE = 2, CLOSE = 8, PING = 9, PONG = 10, KEPT = 125 };

struct viewer {
    int fd;
    int greeted;       /* bytes of "\r\n\r\n" seen */
    uint8_t head[HEAD + 4];
    int have;          /* bytes of `head` that are here */
    uint64_t rest;     /* of the message: bytes still to come */
    int kind;
    char text[KEPT + 1]; /* the beginning of what is no picture; the whole of a ping */
    int texted;
    long pictures;
};

static char *contents(const char *path)
{
    FILE *file = fopen(path, "rb");
    static char buffer[1 << 20];
    if (!file) { perror(path); exit(2); }
    size_t length = fread(buffer, 1, sizeof buffer - 1, file);
    fclose(file);
    buffer[length] = 0;
    return strdup(buffer);
}

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void put(int fd, const void *data, size_t length)
{
    if (write(fd, data, length) != (ssize_t)length) { perror("write"); exit(2); }
}

/* A message; masked as clients must, with a key of zeros. */
static void say(int fd, int kind, const char *text, size_t length)
{
    uint8_t message[LONGEST + 8] = {0x80 | kind};
    size_t at = 2;
    if (length > LONGEST) exit(2);
    message[1] = 0x80 | (length < 126 ? length : 126);
    if (length >= 126) { message[at++] = length >> 8; message[at++] = length; }
    memset(message + at, 0, 4);
    memcpy(message + at + 4, text, length);
    put(fd, message, at + 4 + length);
}

static int opened(int port, const char *request, const char *commands)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to)) { perror("connect"); exit(2); }
    put(fd, request, strlen(request));
    for (const char *line = commands; *line;) {
        size_t length = strcspn(line, "\n");
        if (length) say(fd, TEXT, line, length);
        line += length + (line[length] == '\n');
    }
    return fd;
}

/* How many bytes the head of a message has, as far as its first two say. */
static int head_of(const struct viewer *one)
{
    if (one->have < 2) return 2;
    int kind = one->head[1] & 127;
    return 2 + (kind == 126 ? 2 : kind == 127 ? 8 : 0);
}

static long strange;
static int counting;

static void note(const char *what)
{
    if (strange++ < 5) fprintf(stderr, "%s\n", what);
}

/* A message that is no picture is here; a server that hears nothing of its pings lets go. */
static void told(struct viewer *one)
{
    static const char *usual[] = {"\"subscribed\"", "\"configuration\"", "\"ended\""};
    one->text[one->texted] = 0;
    if (one->kind == PING) say(one->fd, PONG, one->text, one->texted);
    if (one->kind != TEXT) return;
    for (int i = 0; i < 3; i++)
        if (strstr(one->text, usual[i])) return;
    if (counting) note(one->text);
}

static void begin_message(struct viewer *one)
{
    const uint8_t *head = one->head;
    int length = head[1] & 127;
    one->rest = length;
    if (length >= 126) {
        one->rest = 0;
        for (int i = 2; i < head_of(one); i++) one->rest = one->rest << 8 | head[i];
    }
    one->kind = head[0] & 15;
    one->texted = one->have = 0;
    one->pictures += one->kind == PICTURE;
    if (!one->rest) told(one);
}

static void take(struct viewer *one, const uint8_t *data, size_t length)
{
    size_t at = 0;
    while (one->greeted < 4 && at < length) {
        one->greeted = data[at] == "\r\n\r\n"[one->greeted] ? one->greeted + 1 : data[at] == '\r';
        at++;
    }
    while (at < length) {
        if (one->rest) {
            size_t some = length - at < one->rest ? length - at : one->rest;
            for (size_t i = 0; one->kind != PICTURE && i < some && one->texted < KEPT; i++)
                one->text[one->texted++] = data[at + i];
            one->rest -= some;
            at += some;
            if (!one->rest) told(one);
            continue;
        }
        one->head[one->have++] = data[at++];
        if (one->have >= 2 && one->have == head_of(one)) begin_message(one);
    }
}

int main(int count, char **words)
{
    if (count != 6) return 2;
    int port = atoi(words[1]), viewers = atoi(words[2]), queue = epoll_create1(0);
    double seconds = atof(words[3]);
    const char *request = contents(words[4]), *commands = contents(words[5]);
    struct viewer *all = calloc(viewers, sizeof *all);
    static uint8_t piece[PIECE];
    for (int i = 0; i < viewers; i++) {
        all[i].fd = opened(port, request, commands);
        struct epoll_event wish = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(queue, EPOLL_CTL_ADD, all[i].fd, &wish);
    }
    double from = now() + SETTLE, until = from + seconds;
    while (now() < until) {
        struct epoll_event ready[256];
        int found = epoll_wait(queue, ready, 256, 50);
        if (!counting && now() >= from) {
            counting = 1;
            for (int i = 0; i < viewers; i++) all[i].pictures = 0;
        }
        for (int i = 0; i < found; i++) {
            struct viewer *one = ready[i].data.ptr;
            ssize_t length = read(one->fd, piece, PIECE);
            if (length > 0) take(one, piece, length);
            else if (length == 0 || errno != EINTR) {
                epoll_ctl(queue, EPOLL_CTL_DEL, one->fd, NULL);
                note("a connection ended");
            }
        }
    }
    long least = all[0].pictures, most = least, sum = 0;
    for (int i = 0; i < viewers; i++) {
        long pictures = all[i].pictures;
        least = pictures < least ? pictures : least;
        most = pictures > most ? pictures : most;
        sum += pictures;
    }
    printf("{\"least\": %ld, \"most\": %ld, \"all\": %ld, \"strange\": %ld}\n", least, most, sum, strange);
    return 0;
}
