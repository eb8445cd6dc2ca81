/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is it? Told from its first bytes; names are asked only where content can't tell (names.h). Pure.
 */
#ifndef AGENT_SOURCES_DETECT_H
#define AGENT_SOURCES_DETECT_H

#include "agent/diagnosis/casefile.h"
#include "base/slice.h"

#define DETECT_BYTES 512 /* enough for detect_format and detect_foreign: a tar header */

enum format { FORMAT_PLAIN, FORMAT_GZIP, FORMAT_XZ, FORMAT_ZSTD, FORMAT_BZIP2, FORMAT_TAR, FORMAT_ZIP };

enum format detect_format(struct slice head);

static inline bool format_packed(enum format f)
{
    return f == FORMAT_GZIP || f == FORMAT_XZ || f == FORMAT_ZSTD || f == FORMAT_BZIP2;
}

static inline bool format_archive(enum format f)
{
    return f == FORMAT_TAR || f == FORMAT_ZIP;
}

/* Does it begin like a capture, pcap or pcapng? */
bool detect_capture(struct slice head);

/* "a 7-Zip archive", "a PEM file": something known that is no log and that is not read here; else NULL. */
const char *detect_foreign(struct slice head);

/*
 * By content alone, from the first 64 KiB: which of the small files it is, or comms.log. false: none of these.
 */
bool detect_content(struct slice head, enum source_kind *kind);

/* Does the beginning look like what the name says? For files whose name is that of a `kind`. */
bool detect_plausible(enum source_kind kind, struct slice head);

/* Is there a line of the kind that a diagnosis needs: SF-IMS and sftunneld? */
bool detect_tunnel_line(struct slice head);

#endif
