/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes JSON (RFC 8259) straight into a buffer, compact and in ASCII: no terminal escape and no bidirectional control
 * survives. Commas are kept by the writer; that keys and brackets are in place is the caller's business.
 *
 * Why not jansson, which reads JSON elsewhere in this program: building a tree for 10,000 peers and printing it took
 * longer than reading a log of a gigabyte.
 */
#ifndef AGENT_REPORT_JSONWRITE_H
#define AGENT_REPORT_JSONWRITE_H

#include "base/buf.h"

struct json {
    struct buf *b;
    bool more; /* a comma is due before the next value or key */
};

void json_open(struct json *j, char bracket);   /* '{' or '[' */
void json_close(struct json *j, char bracket);  /* '}' or ']' */
void json_key(struct json *j, const char *key); /* a literal of ours: not escaped */
void json_none(struct json *j);                 /* null; jansson has json_null() */
void json_bool(struct json *j, bool value);
void json_number(struct json *j, uint64_t value);
void json_signed(struct json *j, int64_t value);
/* Any bytes: what is not UTF-8 becomes U+FFFD, NUL U+2400. */
void json_text(struct json *j, struct slice text);

/* A key and its value. */
void json_put_number(struct json *j, const char *key, uint64_t value);
void json_put_bool(struct json *j, const char *key, bool value);
void json_put_text(struct json *j, const char *key, const char *text);         /* NULL is null */
void json_put_text_or_null(struct json *j, const char *key, const char *text); /* and so is "" */
/* What is in the buffer, which is emptied; nothing in it is null. */
void json_put_buf(struct json *j, const char *key, struct buf *text);

#endif
