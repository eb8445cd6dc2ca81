/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/status.h"

#include "base/buf.h"

/* What was said of one peer so far. */
struct block {
    struct slice peer;
    uint64_t line; /* of its banner, then of what decides */
    struct slice text, reason, version, build;
    enum status_channel control, event;
    civil since, lost, seen;
    bool detailed; /* more than a banner: then silence about the channels means down */
};

static const struct block none = { .peer = { "", 0 },
    .text = { "", 0 },
    .reason = { "", 0 },
    .version = { "", 0 },
    .build = { "", 0 },
    .since = CIVIL_NONE,
    .lost = CIVIL_NONE,
    .seen = CIVIL_NONE };

/* What a perl dump says of one peer: 'name' => 'x', over several lines. */
struct dump {
    struct slice uuid, name, address;
    uint64_t line;
};

static struct slice word(struct slice s)
{
    s = slice_trim(s);
    size_t n = 0;
    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t' && s.p[n] != ',')
        n++;
    return (struct slice){ s.p, n };
}

static void finish(struct facts *f, struct block *b)
{
    if (b->peer.n && (b->control != CHANNEL_UNSAID || b->event != CHANNEL_UNSAID || b->detailed)) {
        bool up = b->control == CHANNEL_UP || (b->control == CHANNEL_UNSAID && b->event == CHANNEL_UP);
        facts_status(f, &(struct status){ .peer = b->peer,
                            .text = b->text,
                            .reason = b->reason,
                            .line = b->line,
                            .connected = up,
                            .control = b->control,
                            .event = b->event,
                            .since = up ? b->since : CIVIL_NONE,
                            .lost = b->lost,
                            .seen = b->seen });
        if (slice_is_uuid(b->peer))
            facts_peer(f, b->line, b->peer, SLICE(""), SLICE(""));
    }
    if (b->peer.n && b->version.n) {
        struct buf whole = { 0 };
        buf_slice(&whole, b->version);
        if (b->build.n)
            buf_printf(&whole, "-%.*s", (int)b->build.n, b->build.p);
        facts_version(f, b->line, b->peer, buf_as_slice(&whole));
        buf_clear(&whole);
    }
    *b = none;
}

static void begin(struct facts *f, struct block *b, struct slice peer, struct slice line, uint64_t number)
{
    finish(f, b);
    b->peer = peer;
    b->line = number;
    b->text = line;
}

static void channel(struct block *b, enum status_channel *which, bool up, struct slice line, uint64_t number)
{
    /* one channel may be said twice, in RUN STATUS and in PEER INFO: up once is up */
    if (*which == CHANNEL_UP)
        return;
    *which = up ? CHANNEL_UP : CHANNEL_DOWN;
    b->detailed = true;
    if (which == &b->control || b->control == CHANNEL_UNSAID) {
        b->line = number;
        b->text = line;
    }
}

/* Takes the time; the latest one of the block is when it was seen at the earliest. */
static civil dated(struct block *b, struct slice s)
{
    civil t = status_time(s);
    if (t != CIVIL_NONE && t > b->seen)
        b->seen = t;
    return t;
}

#define VERSION_BYTES 32

static struct slice short_word(struct slice s)
{
    s = word(s);
    return s.n <= VERSION_BYTES ? s : (struct slice){ "", 0 };
}

/* "Start Time: …", "Heartbeat Received Time: …", "Last disconnect reason : …" */
static void history(struct block *b, struct slice line)
{
    struct slice rest, value;
    (void)slice_cut(line, ':', &value);
    if (slice_after(line, SLICE("onnection to peer '"), &rest) && slice_after(rest, SLICE("Start Time:"), &value)) {
        civil t = status_time(value);
        b->since = b->since == CIVIL_NONE || t > b->since ? t : b->since; /* of two channels the later one */
    } else if (slice_starts(line, SLICE("Heartbeat "))) {
        (void)dated(b, value);
    } else if (slice_starts(line, SLICE("sw_version "))) {
        b->version = short_word(slice_from(line, 11));
    } else if (slice_starts(line, SLICE("sw_build "))) {
        b->build = short_word(slice_from(line, 9));
    } else if (slice_starts(line, SLICE("Last disconnect time"))) {
        b->lost = dated(b, value);
    } else if (slice_starts(line, SLICE("Last disconnect reason"))) {
        b->reason = slice_trim(value);
        b->detailed = true;
    }
}

/* "**RUN STATUS****10.83.57.41*************" */
static bool banner(struct slice line, struct slice *peer)
{
    if (!slice_after(line, SLICE("**RUN STATUS****"), peer))
        return false;
    while (peer->n && peer->p[peer->n - 1] == '*')
        peer->n--;
    *peer = slice_trim(*peer);
    return true;
}

static void channels(struct block *b, struct slice line, uint64_t number)
{
    struct slice rest;
    if (slice_after(line, SLICE("ChannelA Connected:"), &rest))
        channel(b, &b->control, slice_eq_nocase(word(rest), SLICE("yes")), line, number);
    else if (slice_after(line, SLICE("ChannelB Connected:"), &rest))
        channel(b, &b->event, slice_eq_nocase(word(rest), SLICE("yes")), line, number);
    else if (slice_after(line, SLICE("Peer channel Channel-A"), &rest) && slice_contains(rest, SLICE("connected to '")))
        channel(b, &b->control, true, line, number);
    else if (slice_after(line, SLICE("Peer channel Channel-B"), &rest) && slice_contains(rest, SLICE("connected to '")))
        channel(b, &b->event, true, line, number);
    else if (slice_after(line, SLICE("onnection to peer '"), &rest) &&
             slice_after(rest, SLICE("Attempted at"), &rest)) {
        channel(b, &b->control, false, line, number);
        (void)dated(b, rest);
    } else if (slice_after(line, SLICE("Registration:"), &rest))
        b->detailed = true;
    else
        history(b, line);
}

/* 'name' => 'FTD-1', the value also in double quotes; the closing brace ends a peer */
static bool assigned(struct slice line, struct slice key, struct slice *value)
{
    struct slice rest;
    if (!slice_after(line, key, &rest) || rest.n == 0 || (rest.p[0] != '\'' && rest.p[0] != '"') ||
        !slice_after(rest, SLICE("=>"), &rest))
        return false;
    rest = slice_trim(rest);
    if (rest.n < 2 || (rest.p[0] != '\'' && rest.p[0] != '"'))
        return false;
    const char *close = memchr(rest.p + 1, rest.p[0], rest.n - 1);
    if (!close)
        return false;
    *value = (struct slice){ rest.p + 1, (size_t)(close - rest.p) - 1 };
    return true;
}

static void dump_end(struct facts *f, struct dump *d)
{
    if (d->uuid.n && (d->name.n || d->address.n))
        facts_peer(f, d->line, d->uuid, d->name, d->address);
    *d = (struct dump){ .uuid = { "", 0 } };
}

static void dump_line(struct facts *f, struct dump *d, struct slice line, uint64_t number)
{
    struct slice value;
    if (assigned(line, SLICE("'uuid"), &value) && slice_is_uuid(value)) {
        if (d->uuid.n)
            dump_end(f, d);
        d->uuid = value;
        d->line = number;
    }
    if (assigned(line, SLICE("'name"), &value))
        d->name = value;
    if (assigned(line, SLICE("'ip"), &value))
        d->address = value;
    if (line.n && (line.p[0] == '}' || line.p[line.n - 1] == '}'))
        dump_end(f, d);
}

/* ---- the other commands ---- */

/* A line of netstat or pmtool; false: neither. */
static bool other_line(struct facts *f, struct slice line, uint64_t number)
{
    struct slice peer, state;
    bool runs;
    if (process_line(line, &state, &runs)) {
        facts_host(f, number, &(struct host_fact){ .kind = HOST_PROCESS, .good = runs }, state, line);
        return true;
    }
    if (!socket_line(line, &peer, &state))
        return false;
    bool open = slice_eq(state, SLICE("ESTABLISHED"));
    if (peer.n && (open || slice_eq(state, SLICE("SYN_SENT"))))
        facts_status(f, &(struct status){ .peer = peer,
                            .text = line,
                            .reason = SLICE(""),
                            .line = number,
                            .kind = STATUS_SOCKET,
                            .connected = open,
                            .since = CIVIL_NONE,
                            .lost = CIVIL_NONE,
                            .seen = CIVIL_NONE });
    return true;
}

bool status_looks(struct slice head)
{
    static const struct slice marks[] = { { "**RUN STATUS****", 16 }, { "ChannelA Connected:", 19 },
        { "SFTUNNEL Start Time:", 20 }, { "**RPC STATUS****", 16 }, { "Managed locally", 15 } };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (slice_contains(head, marks[i]))
            return true;
    if (slice_contains(head, SLICE("PEER:")) &&
        (slice_contains(head, SLICE("Registration:")) || slice_contains(head, SLICE("onnection to peer"))))
        return true;
    bool host = false, registration = false;
    while (head.n) {
        struct slice peer, state, line = slice_trim(slice_cut(head, '\n', &head));
        struct slice key = slice_trim(slice_cut(line, ':', &peer));
        bool runs;
        if (process_line(line, &state, &runs) || socket_line(line, &peer, &state) || socket_heading(line) ||
            slice_starts(line, SLICE("No managers configured")) || slice_starts(line, SLICE("No Managers Configured")))
            return true;
        host |= slice_eq(key, SLICE("Host"));
        registration |= slice_eq(key, SLICE("Registration"));
    }
    return host && registration;
}

/* ---- all of them ---- */

void status_read(struct facts *f, struct slice text)
{
    struct block block = none;
    struct dump dump = { .uuid = { "", 0 } };
    struct manager manager = { .host = { "", 0 } };
    uint64_t number = 0;
    while (text.n) {
        struct slice peer, line = slice_trim(slice_cut(text, '\n', &text));
        number++;
        if (other_line(f, line, number))
            continue;
        if (banner(line, &peer))
            begin(f, &block, peer, line, number);
        else if (slice_starts(line, SLICE("PEER:")))
            begin(f, &block, word(slice_from(line, 5)), line, number);
        else if (manager_begins(line))
            finish(f, &block);
        if (block.peer.n)
            channels(&block, line, number);
        else
            manager_line(f, &manager, line, number);
        dump_line(f, &dump, line, number);
    }
    finish(f, &block);
    dump_end(f, &dump);
    manager_end(f, &manager);
}
