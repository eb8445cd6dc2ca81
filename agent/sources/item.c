/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/item.h"

#include "agent/diagnosis/pem.h"
#include "agent/sources/certfiles.h"
#include "agent/sources/detect.h"
#include "agent/sources/ims.h"
#include "agent/sources/members.h"
#include "agent/sources/names.h"
#include "agent/sources/packets.h"
#include "agent/sources/peersmap.h"
#include "agent/sources/problems.h"
#include "agent/sources/push.h"
#include "agent/sources/status.h"
#include "agent/sources/unwrap.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

#define PLAIN_BLOCKS 8 /* on the belt of a log that needs no unpacking: the reader is faster than we are */

enum what { WHAT_NOTHING, WHAT_LOG, WHAT_SMALL, WHAT_CERTIFICATE, WHAT_ARCHIVE, WHAT_CAPTURE, WHAT_FOREIGN };

struct found {
    enum what what;
    enum source_kind kind;
    enum format format; /* of an archive */
    const char *foreign;
    bool raw; /* a log whose stream still has its compression */
};

/* ---- small files ---- */

static void read_facts(struct reading *r, const struct item *it, enum source_kind kind, struct slice text, bool cut)
{
    uint32_t source = casefile_source(r->c, it->path, kind, UNIT_NONE);
    struct facts f = { .c = r->c, .source = source };
    struct slice uuid;
    r->c->sources[source].n.bytes = text.n;
    r->c->sources[source].written = it->member ? it->written : 0;
    r->c->sources[source].partial = cut;
    switch (kind) {
    case SOURCE_IMS_CONF: ims_read(&f, text); break;
    case SOURCE_PEERS_MAP: peersmap_read(&f, text); break;
    case SOURCE_STATUS: status_read(&f, text); break;
    case SOURCE_FAILED_PUSH: push_read(&f, text); break;
    case SOURCE_GENERATION_LOG: push_read_transcript(&f, text); break;
    case SOURCE_SW_VERSION:
        (void)places_of_peer(slice_of(it->path), &uuid);
        facts_version(&f, 1, uuid, slice_trim(slice_cut(text, '\n', &text)));
        break;
    case SOURCE_HEARTBEAT:
        (void)places_of_peer(slice_of(it->path), &uuid);
        if (it->basis == YEAR_FILE || it->basis == YEAR_ARCHIVE)
            facts_heartbeat(&f, uuid, it->written);
        break;
    case SOURCE_LOG:
    case SOURCE_COMMS:
    case SOURCE_CERTIFICATE:
    case SOURCE_TUNNEL_CONF:
    case SOURCE_CAPTURE:
    case SOURCE_PROBE: break; /* not read here */
    }
}

/* Everything up to the cap; grows as bytes come, because sizes are only claims. */
static void take_small(struct reading *r, const struct item *it, enum source_kind kind, struct stream *s)
{
    struct err e = { 0 };
    char *text = NULL;
    size_t n = 0, capacity = 0, got;
    enum err_code code;
    do {
        text = mem_grow(text, &capacity, n + STREAM_PEEK_BYTES, 1);
        code = stream_fill(s, text + n, STREAM_PEEK_BYTES, &got, &e);
        n += got;
    } while (code == ERR_OK && got == STREAM_PEEK_BYTES && n <= CAP_SMALL_FILE_BYTES);
    bool over = n > CAP_SMALL_FILE_BYTES;
    if (over) {
        n = CAP_SMALL_FILE_BYTES;
        casefile_problem(
            r->c, it->path, "only the first %d bytes are read (cap small-file-bytes)", CAP_SMALL_FILE_BYTES);
    } else if (code != ERR_OK && code != ERR_INTERRUPTED) {
        casefile_problem(r->c, it->path, "%s", e.text);
    }
    read_facts(r, it, kind, (struct slice){ text, n }, over || code != ERR_OK);
    free(text);
}

/* ---- logs ---- */

/* Moves the stream onto a belt. A compressed one is handed over when all of it lies there, so that a worker unpacks one
 * while we bring the next, or earlier when it is big. */
static void pump(struct logs *l, struct belt *b, struct stream *s, bool packed)
{
    struct err e = { 0 };
    bool started = !packed;
    size_t sum = 0, got = 0;
    char *room;
    if (started)
        logs_start_belt(l);
    while ((room = belt_room(b))) {
        enum err_code code = stream_fill(s, room, CAP_BLOCK_BYTES, &got, &e);
        belt_put(b, got);
        sum += got;
        if (code != ERR_OK || got == 0)
            break;
        if (!started && sum >= CAP_BLOB_BYTES) {
            logs_start_belt(l);
            started = true;
        }
    }
    belt_end(b, &e);
    if (!started)
        logs_start_belt(l);
}

static void take_log(struct reading *r, const struct item *it, const struct found *f, struct stream *s, bool packed)
{
    struct log_place at = {
        .path = it->path,
        .kind = f->kind,
        .file = it->file,
        .written = it->written,
        .basis = it->basis,
    };
    if (!it->member && it->file->regular) {
        logs_add_file(r->logs, &at, !packed);
        return;
    }
    packed = packed && f->raw;
    struct belt *b = logs_add_belt(r->logs, &at, packed ? CAP_PENDING_BYTES / CAP_BLOCK_BYTES : PLAIN_BLOCKS);
    pump(r->logs, b, s, packed);
}

/* ---- certificates ---- */

static void take_certificate(struct reading *r, const struct item *it, struct stream *s)
{
    struct certfile f = { .path = it->path, .owner = it->owner, .unit = UNIT_NONE };
    if (!places_of(slice_of(it->path), &f.place))
        f.place = (struct place){ .place = DISK_LOOSE, .peer_uuid = SLICE(""), .base = names_base(slice_of(it->path)) };
    if (it->basis == YEAR_FILE || it->basis == YEAR_ARCHIVE)
        f.modified = it->written;
    certfiles_take(r->c, &f, s);
}

/* Given by name: what it holds counts, and the name only where nothing is in it or it says where it is from. */
static bool given_certificate(const struct item *it, struct slice head)
{
    struct place place;
    bool named = places_of(slice_of(it->path), &place) && place.place != DISK_STRAY;
    return pem_looks(head) || (named && !slice_contains(head, SLICE("SF-IMS[")));
}

/* ---- what is it? ---- */

static bool comms_name(struct slice path)
{
    enum source_kind kind;
    return names_kind(path, &kind) && kind == SOURCE_COMMS;
}

static struct found look_given(const struct item *it, struct stream *s)
{
    struct found f = { .what = WHAT_LOG, .kind = SOURCE_LOG };
    struct slice head = stream_peek(s, STREAM_PEEK_BYTES);
    f.format = detect_format(head);
    if (format_archive(f.format))
        f.what = WHAT_ARCHIVE;
    else if (detect_capture(head))
        f.what = WHAT_CAPTURE;
    else if (given_certificate(it, head))
        f.what = WHAT_CERTIFICATE;
    else if ((f.foreign = detect_foreign(head)))
        f.what = WHAT_FOREIGN;
    else if (detect_content(head, &f.kind))
        f.what = f.kind == SOURCE_COMMS ? WHAT_LOG : WHAT_SMALL;
    else if (comms_name(slice_of(it->path)))
        f.kind = SOURCE_COMMS;
    return f;
}

/* Found in a folder or an archive, under a name that says nothing. */
static struct found look_nameless(const struct item *it, struct stream *s)
{
    struct found f = { .what = WHAT_NOTHING, .kind = SOURCE_LOG };
    struct slice head = stream_peek(s, DETECT_BYTES);
    f.format = detect_format(head);
    if (format_archive(f.format)) {
        f.what = WHAT_ARCHIVE;
        return f;
    }
    if (detect_capture(head)) {
        f.what = WHAT_CAPTURE;
        return f;
    }
    /* inside the scheme of a bundle names tell everything, and other files would only count lines twice */
    if (names_in_bundle(slice_of(it->path)) || detect_foreign(head))
        return f;
    head = stream_peek(s, STREAM_PEEK_BYTES);
    if (detect_tunnel_line(head))
        f.what = WHAT_LOG;
    else if (detect_content(head, &f.kind) && f.kind != SOURCE_COMMS)
        f.what = WHAT_SMALL;
    return f;
}

/* One of the small files, by its name. */
static struct found look_named(enum source_kind kind, struct stream *s)
{
    struct slice head = stream_peek(s, STREAM_PEEK_BYTES);
    if (detect_capture(head))
        return (struct found){ .what = WHAT_CAPTURE };
    return (struct found){ .what = detect_plausible(kind, head) ? WHAT_SMALL : WHAT_NOTHING, .kind = kind };
}

static void take_archive(struct reading *r, const struct item *it, enum format format, struct stream *s, bool packed)
{
    if (it->depth == CAP_NESTING) {
        casefile_problem(r->c, it->path, "lies inside %d archives: left out (cap nesting)", CAP_NESTING);
        stream_close(s);
        return;
    }
    struct stream *fresh;
    struct err e;
    if (!it->member)
        units_add_root(r->units, slice_of(it->path));
    /* without a layer in between it can be sought in */
    if (!it->member && it->file->regular && !packed && file_stream(it->file, 0, it->file->size, &fresh, &e) == ERR_OK) {
        stream_close(s);
        s = fresh;
    }
    size_t before = logs_count(r->logs) + r->c->source_count + r->c->problem_count;
    members_read(r, it, format, s);
    if (it->depth == 0 && before == logs_count(r->logs) + r->c->source_count + r->c->problem_count)
        problems_nothing_inside(r->c, it->path);
}

/* For a command that looks at captures only. */
static void keep_captures(struct reading *r, const struct item *it, struct found *f)
{
    if (f->what == WHAT_CAPTURE || f->what == WHAT_ARCHIVE)
        return;
    if (it->given && f->what == WHAT_FOREIGN)
        casefile_problem(r->c, it->path, "is %s, no packet capture (pcap or pcapng)", f->foreign);
    else if (it->given)
        casefile_problem(
            r->c, it->path, "is no packet capture (pcap or pcapng); logs are read by: sftunnel-agent analyze");
    f->what = WHAT_NOTHING;
}

/* For one that looks at certificate files and status outputs only. */
static void keep_files(struct reading *r, const struct item *it, struct found *f, struct stream *s)
{
    if (f->what != WHAT_LOG && f->what != WHAT_CAPTURE)
        return;
    if (it->given && f->what == WHAT_CAPTURE) {
        casefile_problem(r->c, it->path, "is a packet capture, which is read by: sftunnel-agent capture");
    } else if (it->given && (f->kind == SOURCE_COMMS || detect_tunnel_line(stream_peek(s, STREAM_PEEK_BYTES)))) {
        casefile_problem(r->c, it->path, "is a log; logs are read by: sftunnel-agent analyze");
    } else if (it->given) { /* it was meant to be one */
        f->what = WHAT_CERTIFICATE;
        return;
    }
    f->what = WHAT_NOTHING;
}

/* s is closed, or handed on. */
static enum item_result take(
    struct reading *r, const struct item *it, const struct found *f, struct stream *s, bool packed)
{
    bool own = !it->member && it->file->regular;
    /* what this thread reads itself comes when the pool has its work */
    if ((f->what == WHAT_ARCHIVE || f->what == WHAT_CAPTURE) && !r->began) {
        stream_close(s);
        return ITEM_LATER;
    }
    if (f->what != WHAT_NOTHING && f->what != WHAT_FOREIGN && own && reading_twice(r, it->file, it->path)) {
        stream_close(s);
        return ITEM_DONE;
    }
    if (f->what != WHAT_NOTHING) {
        units_saw(r->units, slice_of(it->path));
        reading_show(r, it->path);
    }
    switch (f->what) {
    case WHAT_ARCHIVE: take_archive(r, it, f->format, s, packed); return ITEM_DONE;
    case WHAT_LOG: take_log(r, it, f, s, packed); break;
    case WHAT_SMALL: take_small(r, it, f->kind, s); break;
    case WHAT_CAPTURE: packets_read(r, it, s); break;
    case WHAT_CERTIFICATE: take_certificate(r, it, s); break;
    case WHAT_FOREIGN: casefile_problem(r->c, it->path, "is %s: not read", f->foreign); break;
    case WHAT_NOTHING: break;
    }
    stream_close(s);
    return ITEM_DONE;
}

enum item_result item_read(struct reading *r, const struct item *it, struct stream *s)
{
    enum source_kind kind;
    struct err e = { 0 };
    unsigned layers = 0;
    struct found f;
    struct place place;
    bool named = !it->given && names_kind(slice_of(it->path), &kind);
    if (!it->given && names_left_out(slice_of(it->path))) {
        stream_close(s);
        return ITEM_DONE;
    }
    if (!named && !it->given && !r->o->only_captures && places_of(slice_of(it->path), &place)) {
        f = (struct found){ .what = WHAT_CERTIFICATE };
        return take(r, it, &f, s, false);
    }
    if (named && (kind == SOURCE_LOG || kind == SOURCE_COMMS) && r->o->only_files) {
        stream_close(s);
        return ITEM_DONE;
    }
    if (named && (kind == SOURCE_LOG || kind == SOURCE_COMMS) && !r->o->only_captures) {
        /* the worker unpacks it: we only need to know whether there is something to unpack */
        s = stream_peekable(s);
        f = (struct found){ .what = WHAT_LOG, .kind = kind, .raw = true };
        return take(r, it, &f, s, format_packed(detect_format(stream_peek(s, DETECT_BYTES))));
    }
    if (unwrap(&s, &it->file->origin, &layers, &e) != ERR_OK) {
        casefile_problem(r->c, it->path, "%s", e.text);
        stream_close(s);
        return ITEM_DONE;
    }
    f = it->given ? look_given(it, s) : named ? look_named(kind, s) : look_nameless(it, s);
    if (r->o->only_captures)
        keep_captures(r, it, &f);
    if (r->o->only_files)
        keep_files(r, it, &f, s);
    return take(r, it, &f, s, layers > 0);
}

enum item_result item_read_file(struct reading *r, const struct item *it)
{
    struct stream *s;
    struct err e = { 0 };
    uint64_t to = it->file->regular && it->file->size ? it->file->size : UINT64_MAX;
    if (file_stream(it->file, 0, to, &s, &e) == ERR_OK)
        return item_read(r, it, s);
    casefile_problem(r->c, it->path, "%s", e.text);
    return ITEM_DONE;
}
