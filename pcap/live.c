/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/live.h"

#include "base/caps.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <errno.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAMES_SHOWN 16

/* The kernel collects packets for this long before it wakes us, so that a burst costs few wake-ups. */
enum { WAKE_MS = 100, KIB = 1024 };

struct live {
    pcap_t *pcap;
    char *interface;
    uint16_t link;
    bool nanoseconds, has_flags;
    uint64_t frames;
    void (*on_packet)(void *data, const struct packet *p);
    void *data;
};

/* ---- the filter ---- */

/*
 * What may belong to the port as far as the kernel can tell: fragments and what stands behind extension headers are
 * passed whatever they are; the decoder knows better.
 */
static void put_match(struct buf *b, uint16_t port)
{
    buf_printf(b,
        "tcp port %u or ip[6:2] & 0x3fff != 0 or ip proto 51 or (ip6 and (ip6[6] == 0 or ip6[6] == 43 or ip6[6] == 44 "
        "or ip6[6] == 51 or ip6[6] == 60 or ip6[6] == 135))",
        port);
}

/*
 * `vlan` moves the offsets of all that follows it, so each depth of tags stands inside the one before. In a cooked
 * capture libpcap knows no tags; what still has one is passed.
 */
static void put_filter(struct buf *b, uint16_t port, int link)
{
    put_match(b, port);
    if (link == DLT_LINUX_SLL || link == DLT_LINUX_SLL2) {
        buf_puts(b, " or ether proto 0x8100 or ether proto 0x88a8 or ether proto 0x9100");
    } else if (link == DLT_EN10MB) {
        buf_puts(b, " or (vlan and (");
        put_match(b, port);
        buf_puts(b, " or (vlan and (");
        put_match(b, port);
        buf_puts(b, " or vlan))))"); /* more than two: all of them */
    }
}

static enum err_code set_filter(struct live *l, uint16_t port, struct err *e)
{
    if (!port)
        return ERR_OK;
    struct buf text = { 0 };
    struct bpf_program program;
    enum err_code code = ERR_OK;
    put_filter(&text, port, pcap_datalink(l->pcap));
    if (pcap_compile(l->pcap, &program, text.p, 1, PCAP_NETMASK_UNKNOWN) == 0) {
        if (pcap_setfilter(l->pcap, &program) != 0)
            code = err_set(e, ERR_IO, "%s: the kernel takes no filter: %s", l->interface, pcap_geterr(l->pcap));
        pcap_freecode(&program);
    } /* else a link layer that libpcap can't look into: everything is passed */
    buf_clear(&text);
    return code;
}

/* ---- opening, and why it failed ---- */

static enum err_code no_such_interface(const char *name, struct err *e)
{
    char why[PCAP_ERRBUF_SIZE], near[NEAREST_TEXT];
    const char *known[NAMES_SHOWN + 1] = { NULL };
    pcap_if_t *all = NULL;
    struct buf names = { 0 };
    size_t n = 0, shown = 0;
    if (pcap_findalldevs(&all, why) != 0)
        all = NULL;
    for (const pcap_if_t *i = all; i; i = i->next) {
        if (n < NAMES_SHOWN)
            known[n++] = i->name;
        if (i->flags & PCAP_IF_UP && shown++ < NAMES_SHOWN)
            buf_printf(&names, "%s%s", shown > 1 ? ", " : "", i->name);
    }
    nearest_text(slice_of(name), known, "", near);
    enum err_code code = err_set(e, ERR_NOINPUT, "%s: no such interface%s%s%s", name, near,
        names.n ? "; there are: " : "; this host shows none that could be captured on", names.n ? names.p : "");
    buf_clear(&names);
    pcap_freealldevs(all);
    return code;
}

static enum err_code not_allowed(const char *name, struct err *e)
{
    char self[512];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    return err_set(e, ERR_PERMISSION,
        "%s: not allowed to capture: run it with sudo, or once as root: setcap cap_net_raw+ep %s (chgrp and chmod 750 "
        "keep it to a group); in a container: --cap-add NET_RAW",
        name, n > 0 ? self : "PROGRAM");
}

static enum err_code not_up(const char *name, struct err *e)
{
    return err_set(e, ERR_IO, "%s: the interface is down: ip link set %s up, then start again", name, name);
}

static enum err_code activation_failed(const struct live *l, int status, struct err *e)
{
    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE: return no_such_interface(l->interface, e);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED: return not_allowed(l->interface, e);
    case PCAP_ERROR_IFACE_NOT_UP: return not_up(l->interface, e);
    default: {
        const char *more = pcap_geterr(l->pcap);
        return err_set(
            e, ERR_IO, "%s: can't capture: %s%s%s", l->interface, pcap_statustostr(status), *more ? ": " : "", more);
    }
    }
}

/* Is it there and up? A cooked capture of all interfaces has nobody to ask. */
static enum err_code check_state(const struct live *l, struct err *e)
{
    struct ifreq request = { 0 };
    if (!l->has_flags)
        return ERR_OK;
    memcpy(request.ifr_name, l->interface, strnlen(l->interface, IFNAMSIZ - 1));
    if (ioctl(pcap_fileno(l->pcap), SIOCGIFFLAGS, &request) != 0)
        return errno == ENODEV ? err_set(e, ERR_IO, "%s: the interface went away while capturing", l->interface)
                               : ERR_OK;
    return request.ifr_flags & IFF_UP ? ERR_OK : not_up(l->interface, e);
}

static enum err_code activate(struct live *l, const struct live_options *o, struct err *e)
{
    uint32_t snapshot = o->snapshot && o->snapshot < CAP_PACKET_BYTES ? o->snapshot : CAP_PACKET_BYTES;
    pcap_set_snaplen(l->pcap, (int)snapshot);
    pcap_set_promisc(l->pcap, o->promiscuous);
    pcap_set_timeout(l->pcap, WAKE_MS);
    if (o->buffer_bytes)
        pcap_set_buffer_size(l->pcap, (int)(o->buffer_bytes < INT32_MAX ? o->buffer_bytes : INT32_MAX));
    l->nanoseconds = pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
    int status = pcap_activate(l->pcap);
    if (status < 0)
        return activation_failed(l, status, e);
    l->nanoseconds = pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO;
    /* In files raw IP has a number of its own. */
    int link = pcap_datalink(l->pcap);
    l->link = link == DLT_RAW ? 101 : (uint16_t)link;
    /* Usbmon and the like have no such flags. */
    l->has_flags = strcmp(l->interface, "any") != 0 && if_nametoindex(l->interface) != 0;
    return ERR_OK;
}

enum err_code live_open(const struct live_options *o, struct live **out, struct err *e)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    struct live *l = mem_zalloc(1, sizeof *l);
    enum err_code code;
    *out = NULL;
    l->interface = mem_strdup(o->interface);
    l->on_packet = o->on_packet;
    l->data = o->data;
    l->pcap = pcap_create(o->interface, why);
    if (!l->pcap)
        code = err_set(e, ERR_IO, "%s: %s", o->interface, why);
    else if ((code = activate(l, o, e)) == ERR_OK && (code = check_state(l, e)) == ERR_OK)
        code = set_filter(l, o->port, e);
    if (code == ERR_OK && pcap_setnonblock(l->pcap, 1, why) != 0)
        code = err_set(e, ERR_IO, "%s: %s", o->interface, why);
    if (code == ERR_OK && pcap_get_selectable_fd(l->pcap) < 0)
        code = err_set(e, ERR_IO, "%s: can't be waited for", o->interface);
    if (code != ERR_OK) {
        live_close(l);
        return code;
    }
    *out = l;
    return ERR_OK;
}

void live_close(struct live *l)
{
    if (!l)
        return;
    if (l->pcap)
        pcap_close(l->pcap);
    free(l->interface);
    free(l);
}

int live_fd(const struct live *l)
{
    return pcap_get_selectable_fd(l->pcap);
}

uint16_t live_link(const struct live *l)
{
    return l->link;
}

/* ---- reading ---- */

static void on_pcap(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
    struct live *l = (struct live *)(void *)user;
    int64_t ns = (int64_t)h->ts.tv_sec * 1000000000 + (int64_t)h->ts.tv_usec * (l->nanoseconds ? 1 : 1000);
    struct packet p = { .data = bytes,
        .captured = h->caplen,
        .length = h->len > h->caplen ? h->len : h->caplen,
        .link = l->link,
        .frame = ++l->frames,
        .time_ns = ns };
    l->on_packet(l->data, &p);
}

enum err_code live_read(struct live *l, unsigned most, unsigned *count, struct err *e)
{
    int most_here = most < INT32_MAX ? (int)most : INT32_MAX;
    *count = 0;
    int n = most_here ? pcap_dispatch(l->pcap, most_here, on_pcap, (u_char *)l) : 0;
    if (n > 0)
        *count = (unsigned)n;
    if (n == 0 || n == PCAP_ERROR_BREAK)
        return check_state(l, e);
    if (n > 0)
        return ERR_OK;
    enum err_code code = check_state(l, e); /* the better sentence, when there is one */
    return code != ERR_OK ? code : err_set(e, ERR_IO, "%s: %s", l->interface, pcap_geterr(l->pcap));
}

enum err_code live_counts(struct live *l, struct live_counts *n, struct err *e)
{
    struct pcap_stat s;
    *n = (struct live_counts){ 0 };
    if (pcap_stats(l->pcap, &s) != 0)
        return err_set(e, ERR_IO, "%s: no statistics: %s", l->interface, pcap_geterr(l->pcap));
    n->received = s.ps_recv;
    n->dropped_by_kernel = s.ps_drop;
    n->dropped_by_interface = s.ps_ifdrop;
    return ERR_OK;
}

const char *live_library(void)
{
    return pcap_lib_version();
}
