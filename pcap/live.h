/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets from an interface, through libpcap: the one file of this room that touches the world (live.c; live_none.c
 * when built without libpcap). Opened with rights, read without.
 */
#ifndef PCAP_LIVE_H
#define PCAP_LIVE_H

#include "pcap/packet.h"
#include "base/err.h"

struct live;

struct live_options {
    const char *interface; /* "eth0", "any" */
    uint16_t port;         /* for the kernel's filter, which also passes tagged and fragmented traffic; 0: no filter */
    uint32_t snapshot;     /* bytes per packet */
    uint32_t buffer_bytes; /* of the kernel */
    bool promiscuous;
    void (*on_packet)(void *data, const struct packet *p); /* p is borrowed until it returns */
    void *data;
};

struct live_counts {
    uint64_t received, dropped_by_kernel, dropped_by_interface;
};

/* ERR_PERMISSION, ERR_NOINPUT (no such interface) and the like come with the next step in words. */
enum err_code live_open(const struct live_options *o, struct live **out, struct err *e)
    __attribute__((warn_unused_result));
void live_close(struct live *l);          /* takes NULL */
int live_fd(const struct live *l);        /* to be waited for */
uint16_t live_link(const struct live *l); /* LINKTYPE_ of its packets */
/*
 * Hands what is there to on_packet, at most `most` packets, without waiting; *count: how many. ERR_IO when the
 * interface went away.
 */
enum err_code live_read(struct live *l, unsigned most, unsigned *count, struct err *e)
    __attribute__((warn_unused_result));
enum err_code live_counts(struct live *l, struct live_counts *n, struct err *e) __attribute__((warn_unused_result));
/* "libpcap version 1.10.3": for --version --verbose; NULL when built without. */
const char *live_library(void);

#endif
