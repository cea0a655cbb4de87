/* Walls that look at the live edge: so many WebSockets which take whatever comes, and count it.
 *
 *   viewers PORT CONNECTIONS SECONDS REQUEST COMMANDS
 *
 * REQUEST is a file with the whole request that opens the WebSocket; COMMANDS one with a command on each line, one
 * for each stream, sent over each connection. AT_ONCE of them knock at the same time, and what comes is read
 * meanwhile.
 *
 * Begins to count when every connection has had all its configurations and no stream of any was behind for
 * SETTLE seconds; after LONGEST_WAIT in any case. Then a line of JSON says how many were ready, after how many
 * seconds, and how often the server told somebody that he was too slow until then. What counts are the pictures
 * that arrived at the server within the next SECONDS, by its own stamp, however late they are read: the end is
 * when a later one of each stream has come, or GRACE seconds after it.
 *
 * A second line says what was counted: of one connection the least and the most, all, how many were missing of
 * what any connection got of the same stream, and how often the server said something but the usual or a
 * connection ended; milliseconds from a picture's arrival at the server to ours; and of this program itself the
 * share of a core it took, the share of the time it had to wait for one, and the milliseconds of a turn in which
 * it reads what is there: what comes meanwhile is seen that much too late.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 16, LONGEST_WAIT = 30, GRACE = 3, PIECE = 1 << 16, LONGEST = 4096, OPENING = 1 << 16 };
enum { TEXT = 1, BINARY = 2, PING = 9, PONG = 10, KEPT = 125 };
enum { CONFIGURATION = 0, ABOUT = 12 }; /* stream, kind, flags and arrival: the begin of what is binary */

static const double SETTLE = 1.0, BEHIND = 0.4, TICK = 0.05;

struct lane {
    int is_configured;
    double newest; /* arrival of the newest picture; wall seconds */
    long counted;
};

struct viewer {
    int fd, is_connected, is_lost;
    int greeted; /* bytes of "\r\n\r\n" seen */
    uint8_t head[14 + ABOUT];
    int have;      /* bytes of `head` that are here */
    uint64_t rest; /* of the message: bytes still to come */
    int kind;
    char text[KEPT + 1]; /* the beginning of a text; the whole of a ping */
    int texted;
    struct lane *lanes;
};

/* Tenths of a millisecond; what is longer counts as the last. */
struct times {
    long all, most, bins[100001];
};

static struct viewer *all;
static int viewers, lanes, knocking;
static int place_of[1 << 16]; /* a stream's lane and one; 0: not seen yet. The same stream has one number for all */
static int places;
static double from = 1e18, until = 1e18; /* wall seconds */
static long skipped, reduced, overloaded, other, strange;
static struct times ages, turns;

static char *contents(const char *path)
{
    FILE *file = fopen(path, "rb");
    static char buffer[OPENING];
    if (!file) { perror(path); exit(2); }
    size_t length = fread(buffer, 1, sizeof buffer - 1, file);
    fclose(file);
    buffer[length] = 0;
    return strdup(buffer);
}

static double now(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void add(struct times *times, double seconds)
{
    long bin = seconds > 0 ? (long)(seconds * 1e4) : 0;
    times->most = bin > times->most ? bin : times->most;
    times->bins[bin < 100000 ? bin : 100000]++;
    times->all++;
}

static double percentile(const struct times *times, double share)
{
    long seen = 0;
    for (int i = 0; i <= 100000; i++)
        if ((seen += times->bins[i]) >= share * times->all) return i / 10.0;
    return times->most / 10.0;
}

/* A message; masked as clients must, with a key of zeros. */
static size_t framed(uint8_t *message, int kind, const char *text, size_t length)
{
    size_t at = 2;
    if (length > LONGEST) exit(2);
    message[0] = 0x80 | kind;
    message[1] = 0x80 | (length < 126 ? length : 126);
    if (length >= 126) { message[at++] = length >> 8; message[at++] = length; }
    memset(message + at, 0, 4);
    memcpy(message + at + 4, text, length);
    return at + 4 + length;
}

static void note(struct viewer *one, const char *what)
{
    if (from > 1e17) {
        if (strstr(what, "\"skipped\"")) skipped++;
        else if (strstr(what, "\"reduced\"")) reduced++;
        else if (strstr(what, "\"overloaded\"")) overloaded++;
        else if (!strstr(what, "\"restored\"") && other++ < 5) fprintf(stderr, "early: %s\n", what);
    } else if (!one->is_lost && strange++ < 5) fprintf(stderr, "%s\n", what);
}

static void lose(struct viewer *one, int queue, const char *why)
{
    epoll_ctl(queue, EPOLL_CTL_DEL, one->fd, NULL);
    note(one, why);
    knocking -= one->greeted < 4;
    one->is_lost = 1;
}

static void knock(struct viewer *one, int port, int queue)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event wish = {.events = EPOLLIN | EPOLLOUT, .data.ptr = one};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (one->fd < 0) { perror("socket"); exit(2); }
    if (connect(one->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) { perror("connect"); exit(2); }
    epoll_ctl(queue, EPOLL_CTL_ADD, one->fd, &wish);
    knocking++;
}

/* The connection stands, or cannot: say all that there is to say. It is less than an empty socket takes. */
static void say_all(struct viewer *one, const uint8_t *opening, size_t length, int queue)
{
    struct epoll_event wish = {.events = EPOLLIN, .data.ptr = one};
    one->is_connected = 1;
    if (write(one->fd, opening, length) == (ssize_t)length) epoll_ctl(queue, EPOLL_CTL_MOD, one->fd, &wish);
    else lose(one, queue, "could not connect");
}

/* A message that is not binary is here; a server that hears nothing of its pings lets go. */
static void told(struct viewer *one)
{
    static const char *usual[] = {"\"subscribed\"", "\"configuration\"", "\"ended\""};
    uint8_t pong[KEPT + 8];
    one->text[one->texted] = 0;
    if (one->kind == PING) {
        size_t length = framed(pong, PONG, one->text, one->texted);
        if (write(one->fd, pong, length) != (ssize_t)length) note(one, "no room for a pong");
    }
    if (one->kind != TEXT) return;
    for (int i = 0; i < 3; i++)
        if (strstr(one->text, usual[i])) return;
    note(one, one->text);
}

/* A picture or configuration is here, whole. */
static void shown(struct viewer *one, const uint8_t *about)
{
    int number = about[0] << 8 | about[1];
    uint64_t bits = 0;
    double arrived, wall;
    if (!place_of[number] && places < lanes) place_of[number] = ++places;
    if (!place_of[number]) { note(one, "a stream that nobody asked for"); return; }
    struct lane *lane = &one->lanes[place_of[number] - 1];
    if (about[2] == CONFIGURATION) { lane->is_configured = 1; return; }
    for (int i = 4; i < ABOUT; i++) bits = bits << 8 | about[i];
    memcpy(&arrived, &bits, sizeof arrived);
    lane->newest = arrived /= 1000;
    if (arrived < from || arrived >= until) return;
    wall = now(CLOCK_REALTIME);
    lane->counted++;
    add(&ages, wall - arrived);
}

static int length_of_head(const struct viewer *one)
{
    int kind = one->have < 2 ? 0 : one->head[1] & 127;
    return 2 + (kind == 126 ? 2 : kind == 127 ? 8 : 0);
}

static uint64_t length_of_message(const struct viewer *one)
{
    uint64_t length = one->head[1] & 127;
    if (length < 126) return length;
    length = 0;
    for (int i = 2; i < length_of_head(one); i++) length = length << 8 | one->head[i];
    return length;
}

static void end_message(struct viewer *one)
{
    if (one->kind == BINARY) shown(one, one->head + length_of_head(one));
    else told(one);
    one->have = one->texted = one->kind = 0;
}

/* One more byte of a head, or of what a binary message begins with. */
static void begin_message(struct viewer *one, uint8_t byte)
{
    one->head[one->have++] = byte;
    int head = length_of_head(one);
    if (one->have < 2 || one->have < head) return;
    one->kind = one->head[0] & 15;
    uint64_t length = length_of_message(one);
    if (one->kind == BINARY && length < ABOUT) exit(3);
    int about = one->kind == BINARY ? ABOUT : 0;
    if (one->have < head + about) { one->kind = 0; return; }
    one->rest = length - about;
    if (!one->rest) end_message(one);
}

static void take(struct viewer *one, const uint8_t *data, size_t length)
{
    size_t at = 0;
    while (one->greeted < 4 && at < length) {
        one->greeted = data[at] == "\r\n\r\n"[one->greeted] ? one->greeted + 1 : data[at] == '\r';
        at++;
        if (one->greeted == 4) knocking--;
    }
    while (at < length) {
        if (!one->rest) { begin_message(one, data[at++]); continue; }
        size_t some = length - at < one->rest ? length - at : one->rest;
        for (size_t i = 0; one->kind != BINARY && i < some && one->texted < KEPT; i++)
            one->text[one->texted++] = data[at + i];
        one->rest -= some;
        at += some;
        if (!one->rest) end_message(one);
    }
}

/* How many have all their configurations, and a picture of each stream that arrived at `since` or later. */
static int level(double since)
{
    int count = 0;
    for (int i = 0; i < viewers; i++) {
        int good = 0;
        for (int k = 0; k < lanes; k++) good += all[i].lanes[k].is_configured && all[i].lanes[k].newest >= since;
        count += good == lanes;
    }
    return count;
}

static int lost(void)
{
    int count = 0;
    for (int i = 0; i < viewers; i++) count += all[i].is_lost;
    return count;
}

/* Seconds that this process took of a core, and for which it waited for one. */
static void own(double *took, double *waited)
{
    struct rusage usage;
    FILE *file = fopen("/proc/self/schedstat", "r");
    unsigned long long ran = 0, stood = 0;
    getrusage(RUSAGE_SELF, &usage);
    if (file && fscanf(file, "%llu %llu", &ran, &stood) != 2) stood = 0;
    if (file) fclose(file);
    *took = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    *waited = stood / 1e9;
}

static void tell(double took, double waited)
{
    long least = -1, most = 0, sum = 0, missing = 0;
    for (int i = 0; i < viewers; i++) {
        long pictures = 0;
        for (int k = 0; k < lanes; k++) pictures += all[i].lanes[k].counted;
        least = least < 0 || pictures < least ? pictures : least;
        most = pictures > most ? pictures : most;
        sum += pictures;
    }
    for (int k = 0; k < lanes; k++) {
        long full = 0;
        for (int i = 0; i < viewers; i++)
            full = all[i].lanes[k].counted > full ? all[i].lanes[k].counted : full;
        for (int i = 0; i < viewers; i++) missing += full - all[i].lanes[k].counted;
    }
    printf("{\"least\": %ld, \"most\": %ld, \"all\": %ld, \"missing\": %ld, \"strange\": %ld, "
           "\"age_p50\": %.1f, \"age_p99\": %.1f, \"age_most\": %.1f, "
           "\"cpu\": %.4f, \"waited\": %.4f, \"turn_p99\": %.1f, \"turn_most\": %.1f}\n",
           least, most, sum, missing, strange, percentile(&ages, 0.5), percentile(&ages, 0.99), ages.most / 10.0,
           took, waited, percentile(&turns, 0.99), turns.most / 10.0);
}

int main(int count, char **words)
{
    if (count != 6) return 2;
    int port = atoi(words[1]), queue = epoll_create1(0), begun = 0;
    double seconds = atof(words[3]);
    const char *request = contents(words[4]), *commands = contents(words[5]);
    static uint8_t piece[PIECE], opening[2 * OPENING];
    size_t length = strlen(request);
    memcpy(opening, request, length);
    for (const char *line = commands; *line;) {
        size_t words_of_it = strcspn(line, "\n");
        if (length + words_of_it + 8 > sizeof opening) return 2;
        if (words_of_it) { length += framed(opening + length, TEXT, line, words_of_it); lanes++; }
        line += words_of_it + (line[words_of_it] == '\n');
    }
    viewers = atoi(words[2]);
    all = calloc(viewers, sizeof *all);
    for (int i = 0; i < viewers; i++) all[i].lanes = calloc(lanes, sizeof *all[i].lanes);
    struct epoll_event *ready = calloc(viewers, sizeof *ready);

    double start = now(CLOCK_MONOTONIC), due = 0, level_since = start, took = 0, waited = 0, t = 0, w = 0, woke = start;
    for (;;) {
        while (begun < viewers && knocking < AT_ONCE) knock(&all[begun++], port, queue);
        if (from < 1e17) add(&turns, now(CLOCK_MONOTONIC) - woke);
        int found = epoll_wait(queue, ready, viewers, (int)(TICK * 1000));
        woke = now(CLOCK_MONOTONIC);
        for (int i = 0; i < found; i++) {
            struct viewer *one = ready[i].data.ptr;
            if (!one->is_connected && ready[i].events & (EPOLLOUT | EPOLLERR)) say_all(one, opening, length, queue);
            if (one->is_lost || !(ready[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))) continue;
            ssize_t some = read(one->fd, piece, PIECE);
            if (some > 0) take(one, piece, some);
            else if (some == 0 || (errno != EINTR && errno != EAGAIN)) lose(one, queue, "a connection ended");
        }
        if (woke < due) continue;
        due = woke + TICK;
        double wall = now(CLOCK_REALTIME);
        if (from > 1e17) {
            int good = level(wall - BEHIND);
            if (good < viewers) level_since = woke;
            if (woke - level_since < SETTLE && woke - start < LONGEST_WAIT) continue;
            printf("{\"ready\": %d, \"after\": %.1f, \"skipped\": %ld, \"reduced\": %ld, \"overloaded\": %ld, "
                   "\"other\": %ld}\n", good, woke - start, skipped, reduced, overloaded, other);
            fflush(stdout);
            from = wall;
            until = wall + seconds;
            own(&took, &waited);
        } else if (wall >= until) {
            if (!t) {
                own(&t, &w);
                took = (t - took) / (wall - from);
                waited = (w - waited) / (wall - from);
            }
            if (wall > until + GRACE || level(until) >= viewers - lost()) break;
        }
    }
    tell(took, waited);
    return 0;
}
