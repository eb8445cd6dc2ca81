/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files: pcap (both byte orders, micro- and nanoseconds) and pcapng (several sections, interfaces of different
 * link types, resolutions and snapshot lengths), in whatever pieces the bytes arrive. Pure: it is fed, and opens
 * nothing. A file that is cut off or damaged is read as far as it goes; what was found until then stays.
 *
 *     capfile_feed(f, bytes, n);
 *     while ((step = capfile_next(f, &packet, &e)) == CAPFILE_PACKET) ...
 *
 * libpcap's file format: https://www.tcpdump.org/manpages/pcap-savefile.5.html; pcapng: draft-ietf-opsawg-pcapng.
 */
#ifndef PCAP_CAPFILE_H
#define PCAP_CAPFILE_H

#include "pcap/packet.h"
#include "base/err.h"

enum capfile_step {
    CAPFILE_PACKET, /* one more; its bytes are good until the next call of feed, next or free */
    CAPFILE_MORE,   /* feed it, or call capfile_end() */
    CAPFILE_BROKEN, /* e says at which byte and why; there is no going on. Stays so */
};

struct capfile;

/* Does a file that begins like this (8 bytes are enough) look like a capture? */
bool capfile_magic(struct bytes head);
struct capfile *capfile_new(void);
void capfile_free(struct capfile *f); /* takes NULL */
/* The next bytes of the file. They are borrowed until capfile_next() has said CAPFILE_MORE. */
void capfile_feed(struct capfile *f, const void *p, size_t n);
enum capfile_step capfile_next(struct capfile *f, struct packet *packet, struct err *e);
/* No more bytes will come: ERR_OK, or ERR_DATA in the middle of something ("cut off at byte …, after frame …"). */
enum err_code capfile_end(struct capfile *f, struct err *e) __attribute__((warn_unused_result));
uint64_t capfile_frames(const struct capfile *f);
/* Packets that the capturing program says it lost (pcapng interface statistics); 0 when it says nothing. */
uint64_t capfile_dropped(const struct capfile *f);

/* ---- writing: what `capture -w` makes of live packets; nanosecond pcap, the host's byte order ---- */
void capfile_put_header(struct buf *b, uint16_t link, uint32_t snapshot);
void capfile_put_packet(struct buf *b, const struct packet *p);

#endif
