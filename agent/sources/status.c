/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/status.h"

enum channel { CHANNEL_UNSAID, CHANNEL_DOWN, CHANNEL_UP };

/* What was said of one peer so far. */
struct block {
    struct slice peer;
    uint64_t line; /* of its banner, then of what decides */
    struct slice text;
    enum channel control, event;
    bool detailed; /* more than a banner: then silence about the channels means down */
};

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
        facts_status(f, b->line, b->peer, up, b->text);
        if (slice_is_uuid(b->peer))
            facts_peer(f, b->line, b->peer, SLICE(""), SLICE(""));
    }
    *b = (struct block){ .peer = { "", 0 } };
}

static void begin(struct facts *f, struct block *b, struct slice peer, struct slice line, uint64_t number)
{
    finish(f, b);
    *b = (struct block){ .peer = peer, .line = number, .text = line };
}

static void channel(struct block *b, enum channel *which, bool up, struct slice line, uint64_t number)
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
    else if (slice_after(line, SLICE("onnection to peer '"), &rest) && slice_contains(rest, SLICE("Attempted at")))
        channel(b, &b->control, false, line, number);
    else if (slice_after(line, SLICE("Last disconnect reason"), &rest) ||
             slice_after(line, SLICE("Registration:"), &rest))
        b->detailed = true;
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

void status_read(struct facts *f, struct slice text)
{
    struct block block = { .peer = { "", 0 } };
    struct dump dump = { .uuid = { "", 0 } };
    uint64_t number = 0;
    while (text.n) {
        struct slice peer, line = slice_trim(slice_cut(text, '\n', &text));
        number++;
        if (banner(line, &peer))
            begin(f, &block, peer, line, number);
        else if (slice_starts(line, SLICE("PEER:")))
            begin(f, &block, word(slice_from(line, 5)), line, number);
        else if (block.peer.n)
            channels(&block, line, number);
        dump_line(f, &dump, line, number);
    }
    finish(f, &block);
    dump_end(f, &dump);
}
