/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network of its own (a user and network namespace) with frames put onto its loopback, where the kernel takes VLAN
 * tags off as it does on a network card; and an interface that is pulled away. What the kernel does not allow here is
 * left out, and it is said why.
 */
#include "pcap/decode.h"
#include "pcap/live.h"
#include "tests/unit/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { PATIENCE_MS = 10000 };

static struct frame frame;

/* ---- the network ---- */

static int set_flags(const char *name, int set, int clear)
{
    struct ifreq request = { 0 };
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int status = ioctl(s, SIOCGIFFLAGS, &request);
    request.ifr_flags = (short)((request.ifr_flags | set) & ~clear);
    if (status == 0)
        status = ioctl(s, SIOCSIFFLAGS, &request);
    close(s);
    return status;
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* Root in a user namespace of our own: with all rights over what is made in it. */
static int become_root(void)
{
    char users[64], groups[64];
    snprintf(users, sizeof users, "0 %u 1", geteuid());
    snprintf(groups, sizeof groups, "0 %u 1", getegid());
    if (unshare(CLONE_NEWUSER) != 0)
        return -1;
    (void)write_text("/proc/self/setgroups", "deny"); /* once: it stays denied in the next one */
    return write_text("/proc/self/uid_map", users) | write_text("/proc/self/gid_map", groups);
}

/* NULL, or why there is none. */
static const char *new_network(void)
{
    if (become_root() != 0 && geteuid() != 0)
        return "no user namespaces here";
    if (unshare(CLONE_NEWNET) != 0)
        return "no network namespaces here";
    return set_flags("lo", IFF_UP, 0) != 0 ? "the new loopback does not come up" : NULL;
}

/* An interface that lives as long as the descriptor. */
static int new_interface(const char *name, short kind)
{
    struct ifreq request = { .ifr_flags = (short)(kind | IFF_NO_PI) };
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (fd >= 0 && (ioctl(fd, TUNSETIFF, &request) != 0 || set_flags(name, IFF_UP, 0) != 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void inject(const char *interface)
{
    struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };
    int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    assert_true(s >= 0);
    size_t n = frame_length(&frame);
    assert_int_equal(sendto(s, frame_bytes(&frame), n, 0, (struct sockaddr *)&to, sizeof to), n);
    close(s);
}

/* ---- what is captured ---- */

struct seen {
    struct decoder *decoder;
    unsigned frames, kinds[DECODED_KINDS], tagged;
    uint32_t sequence; /* of the last segment */
    int64_t time_ns;
    uint16_t link;
};

static void on_packet(void *data, const struct packet *p)
{
    struct seen *seen = data;
    struct tcp_segment s = { 0 };
    enum decoded what = decoder_packet(seen->decoder, p, &s);
    seen->frames++;
    seen->kinds[what]++;
    seen->tagged = (unsigned)decoder_counts(seen->decoder)->vlan_tagged;
    seen->time_ns = p->time_ns;
    seen->link = p->link;
    assert_int_equal(p->frame, seen->frames);
    if (what == DECODED_TCP)
        seen->sequence = s.sequence;
}

static struct live *open_live(const char *interface, uint16_t port, struct seen *seen)
{
    struct live_options o = { .interface = interface,
        .port = port,
        .snapshot = 65535,
        .buffer_bytes = 2 << 20,
        .on_packet = on_packet,
        .data = seen };
    struct live *l;
    struct err e;
    *seen = (struct seen){ .decoder = decoder_new(port) };
    if (live_open(&o, &l, &e) != ERR_OK)
        fail_msg("%s", e.text);
    return l;
}

static void close_live(struct live *l, struct seen *seen)
{
    live_close(l);
    decoder_free(seen->decoder);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads until a segment with this number has come, or an error. */
static enum err_code read_until(struct live *l, struct seen *seen, uint32_t sequence, struct err *e)
{
    enum err_code code = ERR_OK;
    int64_t until = now_ms() + PATIENCE_MS;
    while (code == ERR_OK && seen->sequence != sequence && now_ms() < until) {
        unsigned n;
        struct pollfd p = { live_fd(l), POLLIN, 0 };
        poll(&p, 1, 200);
        code = live_read(l, 10, &n, e);
        assert_true(n <= 10);
    }
    return code;
}

/* ---- frames ---- */

static void segment(uint32_t sequence, bool six)
{
    frame_start(&frame);
    frame_data(&frame, "hello", 5);
    frame_tcp(&frame, sequence, TCP_ACK, 0);
    frame_checksum(&frame, six);
}

static void tag(unsigned type)
{
    frame_u16(&frame, type);
    frame_u16(&frame, 100);
}

static void send_segment(const char *interface, uint32_t sequence, unsigned tags)
{
    segment(sequence, false);
    frame_ip4(&frame, 6);
    unsigned type = 0x0800;
    for (unsigned i = 0; i < tags; i++) {
        tag(type);
        type = i + 1 == tags && tags > 1 ? 0x88a8 : 0x8100;
    }
    frame_ethernet(&frame, type);
    inject(interface);
}

static void send_udp(const char *interface)
{
    frame_start(&frame);
    frame_data(&frame, "hello", 5);
    frame_udp(&frame, 53);
    frame_ip4(&frame, 17);
    frame_ethernet(&frame, 0x0800);
    inject(interface);
}

static void send_fragments(const char *interface, uint32_t sequence)
{
    uint8_t whole[25];
    segment(sequence, false);
    memcpy(whole, frame_bytes(&frame), sizeof whole);
    for (unsigned i = 0; i < 2; i++) {
        frame_start(&frame);
        frame_data(&frame, whole + 16 * i, i ? 9 : 16);
        frame_ip4_part(&frame, 6, 7, 16 * i, !i);
        tag(0x0800);
        frame_ethernet(&frame, 0x8100);
        inject(interface);
    }
}

static void send_behind_options(const char *interface, uint32_t sequence)
{
    segment(sequence, true);
    frame_data(&frame, "\6\0\1\4\0\0\0\0", 8); /* hop-by-hop options: padding */
    frame_ip6(&frame, 0);
    frame_ethernet(&frame, 0x86dd);
    inject(interface);
}

/* ---- tests ---- */

static void the_filter_misses_nothing(void **state)
{
    (void)state;
    struct seen seen;
    struct err e;
    struct live *l = open_live("lo", 8305, &seen);
    assert_int_equal(live_link(l), 1);
    send_udp("lo");
    for (unsigned tags = 0; tags <= 3; tags++) {
        send_segment("lo", 10 + tags, tags);
        assert_int_equal(read_until(l, &seen, 10 + tags, &e), ERR_OK);
        assert_int_equal(seen.sequence, 10 + tags);
        assert_int_equal(seen.tagged, tags);
    }
    send_fragments("lo", 20);
    assert_int_equal(read_until(l, &seen, 20, &e), ERR_OK);
    assert_int_equal(seen.sequence, 20);
    assert_int_equal(seen.kinds[DECODED_FRAGMENT], 1);
    assert_int_equal(seen.tagged, 5);
    send_behind_options("lo", 30);
    assert_int_equal(read_until(l, &seen, 30, &e), ERR_OK);
    assert_int_equal(seen.sequence, 30);
    assert_int_equal(seen.kinds[DECODED_OTHER], 0); /* the datagram did not pass */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = (int64_t)now.tv_sec - seen.time_ns / 1000000000;
    assert_true(age >= 0 && age <= PATIENCE_MS / 1000 + 1);
    struct live_counts n;
    assert_int_equal(live_counts(l, &n, &e), ERR_OK);
    assert_true(n.received >= seen.frames);
    assert_int_equal(n.dropped_by_kernel, 0);
    close_live(l, &seen);
}

static void any_interface(void **state)
{
    (void)state;
    struct seen seen;
    struct err e;
    struct live *l = open_live("any", 8305, &seen);
    assert_true(live_link(l) == 113 || live_link(l) == 276);
    send_udp("lo");
    for (unsigned tags = 0; tags <= 3; tags++) {
        send_segment("lo", 10 + tags, tags);
        assert_int_equal(read_until(l, &seen, 10 + tags, &e), ERR_OK);
        assert_int_equal(seen.sequence, 10 + tags);
    }
    assert_int_equal(seen.kinds[DECODED_TCP], seen.frames);
    close_live(l, &seen);
}

static void any_port(void **state)
{
    (void)state;
    struct seen seen;
    struct err e;
    struct live *l = open_live("lo", 0, &seen);
    send_udp("lo");
    send_segment("lo", 10, 0);
    assert_int_equal(read_until(l, &seen, 10, &e), ERR_OK);
    assert_int_equal(seen.sequence, 10);
    assert_int_equal(seen.kinds[DECODED_OTHER], 1);
    close_live(l, &seen);
}

static void raw_ip(void **state)
{
    (void)state;
    int tun = new_interface("sfttun", IFF_TUN);
    assert_true(tun >= 0);
    struct seen seen;
    struct err e;
    struct live *l = open_live("sfttun", 8305, &seen);
    segment(10, false);
    frame_ip4(&frame, 6);
    ssize_t n = (ssize_t)frame_length(&frame);
    assert_int_equal(write(tun, frame_bytes(&frame), (size_t)n), n);
    assert_int_equal(read_until(l, &seen, 10, &e), ERR_OK);
    assert_int_equal(seen.sequence, 10);
    assert_int_equal(seen.link, 101);
    close_live(l, &seen);
    close(tun);
}

static void an_interface_that_goes_away(void **state)
{
    (void)state;
    int tap = new_interface("sfttap", IFF_TAP);
    assert_true(tap >= 0);
    struct seen seen;
    struct err e = { 0 };
    struct live *l = open_live("sfttap", 8305, &seen);
    close(tap);
    assert_int_equal(read_until(l, &seen, 1, &e), ERR_IO);
    assert_non_null(strstr(e.text, "sfttap: the interface went away"));
    close_live(l, &seen);
}

static void an_interface_that_goes_down(void **state)
{
    (void)state;
    struct seen seen;
    struct err e = { 0 };
    struct live *l = open_live("lo", 8305, &seen);
    assert_int_equal(set_flags("lo", 0, IFF_UP), 0);
    assert_int_equal(read_until(l, &seen, 1, &e), ERR_IO);
    assert_non_null(strstr(e.text, "lo: the interface is down: ip link set lo up"));
    close_live(l, &seen);
    struct live_options o = { .interface = "lo", .on_packet = on_packet };
    assert_int_equal(live_open(&o, &l, &e), ERR_IO);
    assert_null(l);
    assert_non_null(strstr(e.text, "lo: the interface is down"));
    assert_int_equal(set_flags("lo", IFF_UP, 0), 0);
}

static void no_such_interface(void **state)
{
    (void)state;
    struct live *l;
    struct err e;
    struct live_options o = { .interface = "sftnone", .on_packet = on_packet };
    assert_int_equal(live_open(&o, &l, &e), ERR_NOINPUT);
    assert_null(l);
    assert_non_null(strstr(e.text, "sftnone: no such interface"));
    assert_non_null(strstr(e.text, "there are: "));
    assert_non_null(strstr(e.text, "lo"));
}

/* The last one: the rights do not come back. */
static void without_rights(void **state)
{
    (void)state;
    struct live *l;
    struct err e;
    struct live_options o = { .interface = "lo", .on_packet = on_packet };
    /* A new user namespace has no rights over the network of the old one. */
    if (become_root() != 0)
        assert_int_equal(setresuid(65534, 65534, 65534), 0);
    assert_int_equal(live_open(&o, &l, &e), ERR_PERMISSION);
    assert_null(l);
    assert_non_null(strstr(e.text, "lo: not allowed to capture"));
    assert_non_null(strstr(e.text, "setcap cap_net_raw+ep /"));
}

static void without_the_library(void **state)
{
    (void)state;
    assert_null(live_library());
    struct live *l;
    struct err e;
    struct live_options o = { .interface = "lo" };
    assert_int_equal(live_open(&o, &l, &e), ERR_USAGE);
    assert_null(l);
    assert_non_null(strstr(e.text, "built without libpcap"));
}

/* Interfaces that can be pulled away, where there is the device for them. */
static void with_tunnels(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_filter_misses_nothing),
        cmocka_unit_test(any_interface),
        cmocka_unit_test(any_port),
        cmocka_unit_test(raw_ip),
        cmocka_unit_test(an_interface_that_goes_away),
        cmocka_unit_test(an_interface_that_goes_down),
        cmocka_unit_test(no_such_interface),
        cmocka_unit_test(without_rights),
    };
    exit(cmocka_run_group_tests(tests, NULL, NULL));
}

static void without_tunnels(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_filter_misses_nothing),
        cmocka_unit_test(any_interface),
        cmocka_unit_test(any_port),
        cmocka_unit_test(an_interface_that_goes_down),
        cmocka_unit_test(no_such_interface),
        cmocka_unit_test(without_rights),
    };
    printf("# left out: raw_ip, an_interface_that_goes_away: /dev/net/tun can't be used here\n");
    exit(cmocka_run_group_tests(tests, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest none[] = {
        cmocka_unit_test(without_the_library),
    };
    if (!live_library())
        return cmocka_run_group_tests(none, NULL, NULL);
    const char *why_not = new_network();
    if (why_not) {
        printf("1..0 # SKIP %s\n", why_not);
        return 0;
    }
    int tun = new_interface("sfttest", IFF_TUN);
    close(tun);
    tun < 0 ? without_tunnels() : with_tunnels();
}
