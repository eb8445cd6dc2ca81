/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from somewhere, pulled: a file, a member of an archive, what comes out of a decompressor. Layers are put on
 * one another; closing the outermost one closes those below. A stream belongs to one thread at a time.
 *
 * An origin counts what one given file brought in and what came out of it, for the progress bar and against bombs;
 * all layers over one file share it, on any thread.
 */
#ifndef AGENT_SOURCES_STREAM_H
#define AGENT_SOURCES_STREAM_H

#include "base/err.h"
#include "base/slice.h"

#include <stdatomic.h>

#define STREAM_PEEK_BYTES 65536 /* the most that can be looked at before it is read */

struct origin {
    const atomic_bool *stop;  /* the user wants us to end; may be NULL */
    _Atomic uint64_t *done;   /* bytes of all given files that were read; may be NULL */
    _Atomic uint64_t in, out; /* bytes read of this one, bytes unpacked from it on all levels together */
    atomic_uint bombs;        /* members that were refused for their ratio */
    uint64_t size;            /* 0: not known. A seeking reader reads bytes twice, which gives no more credit */
};

bool origin_stopped(const struct origin *o);
void origin_in(struct origin *o, size_t n);
/*
 * n more bytes were unpacked, *total of this member or file so far (added to). ERR_LIMIT when CAP_MEMBER_BYTES or
 * CAP_INFLATE_RATIO is reached, with the cap's name in the text.
 */
enum err_code origin_out(struct origin *o, size_t n, uint64_t *total, struct err *e)
    __attribute__((warn_unused_result));

struct stream;

struct stream_ops {
    enum err_code (*read)(struct stream *s, char *p, size_t n, size_t *got, struct err *e);
    enum err_code (*seek)(struct stream *s, uint64_t to, struct err *e); /* NULL: can't be done */
    void (*close)(struct stream *s);
};

/* The first member of every kind of stream. */
struct stream {
    const struct stream_ops *ops;
};

/*
 * At least one byte, or *got = 0 at the end. What was there before an error is given out first, then the error, which
 * stays. ERR_INTERRUPTED when the origin was stopped.
 */
enum err_code stream_read(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
    __attribute__((warn_unused_result));
/* Reads until n bytes are there, the end or an error; *got counts also when it fails. */
enum err_code stream_fill(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
    __attribute__((warn_unused_result));
bool stream_seekable(const struct stream *s);
/* The next read begins at byte `to`. Only where stream_seekable(). */
enum err_code stream_seek(struct stream *s, uint64_t to, struct err *e) __attribute__((warn_unused_result));
void stream_close(struct stream *s); /* takes NULL */

/* Borrowed bytes. */
struct stream *stream_memory(struct slice bytes);

/* A layer whose beginning can be looked at before it is read; inner is taken over. */
struct stream *stream_peekable(struct stream *inner);
/*
 * The first `want` bytes (at most STREAM_PEEK_BYTES), fewer only when there are no more or reading failed, which the
 * read after them will say. s must be a peekable of which nothing was read yet. Borrowed until it is read or closed.
 */
struct slice stream_peek(struct stream *s, size_t want);

#endif
