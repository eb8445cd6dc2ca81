/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loggen: realistic appliance logs with a known content, for the benchmark and for the counting tests.
 *
 * The same options give the same bytes: it has its own generator of random numbers and reads no clock. Every attempt
 * that it writes is complete and is counted under its observer, peer and outcome; --truth writes those counts. What the
 * lines say is section by section what the appliances log; what surrounds them is what other daemons log there.
 *
 * Rules that make the truth unambiguous: a thread id is given to another attempt only after the last line of the one
 * before; where an attempt has no last line of its own and nothing marks the next one's beginning (a manager's
 * log), its thread id is not used again.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NOISE = 8192,
    OUT_BYTES = 1 << 20,
    LINE_MOST = 1024,
    HOSTS_MOST = 1024,
    ENDLESS_TIDS = 4000000,
    FIRST_TID = 2000
};

/* What a peer's attempt can come to. depth: of the refused certificate. */
struct kind {
    const char *name;      /* in the program's JSON */
    const char *option;    /* in --outcomes */
    const char *ftd, *fmc; /* one letter per line, see put_text() */
    int number, depth;
    const char *text;
    unsigned weight; /* in the default mix */
};

#define FTD_VERIFY "123diserhv"
#define FMC_VERIFY "VdiserHwFBxyL"
#define FTD_ALERT "123Rho"
#define FMC_ALERT "VrHuaFBxyL"
#define TCP_FAULT "12fU"
#define VERIFY(n, d, option, text, weight)                                                                             \
    {                                                                                                                  \
        "verify_failed/" #n, option, FTD_VERIFY, FMC_VERIFY, n, d, text, weight                                        \
    }
#define ALERT(n, text, weight)                                                                                         \
    {                                                                                                                  \
        "alert/" #n, "alert/" #n, FTD_ALERT, FMC_ALERT, n, 0, text, weight                                             \
    }

static const struct kind kinds[] = {
    { "established", "established", "123C", "VK", 0, 0, "", 30 },
    VERIFY(10, 1, "verify_failed/10", "certificate has expired", 20),
    VERIFY(10, 0, "verify_failed/10@0", "certificate has expired", 4),
    VERIFY(7, 0, "verify_failed/7", "certificate signature failure", 4),
    VERIFY(9, 1, "verify_failed/9", "certificate is not yet valid", 4),
    VERIFY(18, 0, "verify_failed/18", "self signed certificate", 1),
    VERIFY(19, 1, "verify_failed/19", "self signed certificate in certificate chain", 3),
    VERIFY(20, 0, "verify_failed/20", "unable to get local issuer certificate", 1),
    VERIFY(23, 0, "verify_failed/23", "certificate revoked", 1),
    VERIFY(68, 1, "verify_failed/68", "CA signature digest algorithm too weak", 1),
    ALERT(40, "sslv3 alert handshake failure", 1),
    ALERT(42, "sslv3 alert bad certificate", 2),
    ALERT(44, "sslv3 alert certificate revoked", 1),
    ALERT(45, "sslv3 alert certificate expired", 8),
    ALERT(48, "tlsv1 alert unknown ca", 2),
    ALERT(51, "tlsv1 alert decrypt error", 3),
    { "handshake_failed", "handshake_failed", "123rho", "VrHuFBxyL", 0, 0, "", 2 },
    { "post_handshake_auth", "post_handshake_auth", "123PcN", "123PcN", 0, 0, "", 2 },
    { "refused", "refused", TCP_FAULT, TCP_FAULT, 0, 0, "Connection refused", 4 },
    { "unreachable", "unreachable", TCP_FAULT, TCP_FAULT, 0, 0, "No route to host", 3 },
    { "timed_out", "timed_out", TCP_FAULT, TCP_FAULT, 0, 0, "Connection timed out", 3 },
    { "incomplete", "incomplete", "123", "VrH", 0, 0, "", 1 },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

enum side { SIDE_FTD, SIDE_FMC };

struct host {
    enum side side;
    char name[32];
    size_t name_length;
    unsigned pid;
    unsigned *free_tids; /* a stack */
    size_t free_count;
};

struct peer {
    struct host *host;
    char address[40], uuid[40];
    uint64_t outcome[KINDS];
};

struct attempt {
    struct peer *peer;
    const struct kind *kind;
    const char *script; /* the lines that are still to come */
    unsigned tid;
    bool tid_returns;
};

struct options {
    int side; /* -1: both */
    unsigned peers, hosts, tids, interleave, split;
    uint64_t seed, bytes, attempts;
    double share, rate;
    unsigned weight[KINDS], weights;
    int64_t start; /* seconds since 1970 */
    const char *path, *truth;
};

struct out {
    const char *path;
    unsigned generation; /* of the file that is open */
    int fd;
    char *p;
    size_t n;
};

static struct options opt;
static struct out out;
static struct host hosts[HOSTS_MOST];
static struct peer *peers;
static struct {
    char *p;
    size_t n;
} noise[NOISE];
static struct attempt *open_attempts;
static size_t open_count;
static unsigned endless_tid;
static uint64_t random_state;
static double now_us; /* log time since --start */
static int64_t stamp_second = -1;
static char stamp[32];
static uint64_t lines, sftunneld_lines, attempts, unattributed, bytes;

static void die(const char *what, const char *detail)
{
    fprintf(stderr, "loggen: %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
    exit(1);
}

/* splitmix64 */
static uint64_t draw(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static unsigned below(unsigned n)
{
    return (unsigned)((draw() >> 32) * n >> 32);
}

static void *take_memory(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p)
        die("out of memory", NULL);
    return p;
}

/* ---- bytes out ---- */

static void flush(void)
{
    for (size_t done = 0; done < out.n;) {
        ssize_t n = write(out.fd, out.p + done, out.n - done);
        if (n < 0 && errno != EINTR)
            die(out.path, strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    out.n = 0;
}

/* The oldest generation has the highest number; 0 is the file without one. */
static void open_generation(unsigned generation)
{
    char path[4096];
    if (out.fd > 2) {
        flush();
        if (close(out.fd))
            die(out.path, strerror(errno));
    }
    out.generation = generation;
    if (!strcmp(opt.path, "-")) {
        out.fd = 1;
        return;
    }
    if (generation)
        snprintf(path, sizeof path, "%s.%u", opt.path, generation);
    else
        snprintf(path, sizeof path, "%s", opt.path);
    out.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out.fd < 0)
        die(path, strerror(errno));
}

static void put(const char *s, size_t n)
{
    memcpy(out.p + out.n, s, n);
    out.n += n;
}

static void puts_(const char *s)
{
    put(s, strlen(s));
}

#define PUT(literal) put("" literal, sizeof(literal) - 1)

static void put_number(unsigned v)
{
    char digits[12];
    size_t n = sizeof digits;
    do
        digits[--n] = (char)('0' + v % 10);
    while (v /= 10);
    put(digits + n, sizeof digits - n);
}

/* ---- log time ---- */

/* Howard Hinnant's days-to-civil, for dates after 1970. */
static void civil(int64_t days, unsigned *month, unsigned *day)
{
    int64_t z = days + 719468, era = z / 146097;
    unsigned doe = (unsigned)(z - era * 146097), yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
}

static int64_t days_from_civil(int y, int m, int d)
{
    y -= m <= 2;
    int64_t era = y / 400;
    unsigned yoe = (unsigned)(y - era * 400), doy = (153u * (unsigned)(m + (m > 2 ? -3 : 9)) + 2) / 5 + (unsigned)d - 1;
    return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

static void put_stamp(void)
{
    static const char *const months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t second = (int64_t)(now_us / 1e6);
    if (second != stamp_second) {
        unsigned month, day;
        int64_t t = opt.start + second;
        civil(t / 86400, &month, &day);
        snprintf(stamp, sizeof stamp, "%.3s %2u %02u:%02u:%02u ", months + 3 * (month - 1), day,
            (unsigned)(t % 86400 / 3600), (unsigned)(t % 3600 / 60), (unsigned)(t % 60));
        stamp_second = second;
    }
    put(stamp, 16);
}

/* ---- one line ---- */

static void line_begin(const struct host *h)
{
    put_stamp();
    put(h->name, h->name_length);
    out.p[out.n++] = ' ';
}

static void line_end(double step_us)
{
    out.p[out.n++] = '\n';
    lines++;
    now_us += step_us;
    if (out.n > OUT_BYTES) {
        bytes += out.n;
        flush();
    }
}

static void put_ims(const struct host *h, unsigned tid)
{
    PUT("SF-IMS[");
    put_number(h->pid);
    PUT("]: [");
    put_number(tid);
    PUT("] sftunneld:");
    sftunneld_lines++;
}

static void put_dn(const struct peer *p, bool internal_ca)
{
    bool old = p->uuid[0] & 1;
    if (internal_ca)
        PUT("/title=InternalCA/OU=Intrusion Management System/CN=");
    else
        PUT("/title=sftunnel/OU=Intrusion Management System/CN=");
    puts_(p->uuid);
    if (old)
        PUT("/O=Sourcefire, Inc.");
    else
        PUT("/O=Cisco Systems, Inc");
}

/* OpenSSL 1.1 and 3 write the same alert in two forms: a host's number decides which one it has. */
static void put_alert(const struct attempt *a)
{
    char text[160];
    int reason = 1000 + a->kind->number;
    int n = (a->peer->host - hosts) % 4 >= 2 ? snprintf(text, sizeof text, "error:%08X:SSL routines::%s",
                                                   0x0a000000u + (unsigned)reason, a->kind->text)
                                             : snprintf(text, sizeof text, "error:%08X:SSL routines:ssl3_read_bytes:%s",
                                                   0x14094000u + (unsigned)reason, a->kind->text);
    put(text, (size_t)n);
}

/* The lines of a firewall's side, and of whoever connects. false: not one of these. */
static bool put_connector(const struct attempt *a, char letter)
{
    const char *address = a->peer->address;
    switch (letter) {
    case '1':
        PUT("sf_ssl [INFO] Initiating IPv4 connection to ");
        puts_(address);
        PUT(":8305/tcp");
        return true;
    case '2':
        PUT("sf_ssl [INFO] Wait to connect to 8305 (IPv4): ");
        puts_(address);
        return true;
    case '3':
        PUT("sf_ssl [INFO] Connected to ");
        puts_(address);
        PUT(" from resolved_ip_list (port 8305) (IPv4)");
        return true;
    case 'R':
        PUT("sf_ssl [ERROR] SSL_renegotiate error: 1: ");
        put_alert(a);
        return true;
    case 'h': PUT("sf_ssl [ERROR] Connect:SSL handshake failed"); return true;
    case 'v':
        PUT("sf_ssl [WARN] SSL Verification status: ");
        puts_(a->kind->text);
        return true;
    case 'o': PUT("sf_ssl [WARN] SSL Verification status: ok"); return true;
    case 'f':
        PUT("sf_ssl [INFO] Connect to ");
        puts_(address);
        PUT(" failed on port 8305 socket 11 (");
        puts_(a->kind->text);
        PUT(")");
        return true;
    case 'U':
        PUT("sf_ssl [WARN] Unable to connect to ");
        puts_(address);
        return true;
    case 'C':
        PUT("sf_channel [INFO] >> ChannelState do_dataio_for_heartbeat peer ");
        puts_(address);
        PUT(" / channelA / CONTROL [ msgSock & ssl_context ] <<");
        return true;
    default: return false;
    }
}

/* The lines of both sides and those of a manager. */
static void put_text(const struct attempt *a, char letter)
{
    const char *address = a->peer->address;
    if (put_connector(a, letter))
        return;
    switch (letter) {
    case 'd':
        PUT("sf_ssl [ERROR] -Error with certificate at depth: ");
        put_number((unsigned)a->kind->depth);
        break;
    case 'i':
        PUT("sf_ssl [ERROR] issuer = ");
        put_dn(a->peer, true);
        break;
    case 's':
        PUT("sf_ssl [ERROR] subject = ");
        put_dn(a->peer, a->kind->depth > 0);
        break;
    case 'e':
        PUT("sf_ssl [ERROR] err ");
        put_number((unsigned)a->kind->number);
        PUT(":");
        puts_(a->kind->text);
        break;
    case 'r': PUT("sf_ssl [ERROR] SSL_renegotiate error: 1: error:00000001:lib(0):func(0):reason(1)"); break;
    case 'V': PUT("sf_ssl [INFO] VERIFY ssl_verify_callback_initial ok=1!"); break;
    case 'H': PUT("sf_ssl [WARN] establishConnectionUtil: SSL handshake failed"); break;
    case 'u': PUT("sf_ssl [WARN] establishConnectionUtil: SSL Verification status: ok"); break;
    case 'w':
        PUT("sf_ssl [WARN] establishConnectionUtil: SSL Verification status: ");
        puts_(a->kind->text);
        break;
    case 'a':
        PUT("sf_ssl [WARN] establishConnectionUtil: SSL handshake failed: ");
        put_alert(a);
        break;
    case 'F':
        PUT("sf_ssl [INFO] establishConnectionUtil: Failed to connect using SSL to: '");
        puts_(address);
        PUT("'");
        break;
    case 'B': PUT("sf_ssl [ERROR] establishSSLConnection: Unable to connect with both threads:"); break;
    case 'x':
        PUT("sf_ssl [ERROR] establishSSLConnection: ret_accept status : Too many levels of symbolic links");
        break;
    case 'y':
        PUT("sf_ssl [ERROR] establishSSLConnection: iret_connect status: Too many levels of symbolic links");
        break;
    case 'L':
        PUT("sf_ssl [ERROR] establishSSLConnection: Failed connecting with SSL to using to: '");
        puts_(address);
        PUT("' rval[40]");
        break;
    case 'K':
        PUT("sf_ssl [INFO] establishConnectionUtil: Connected using SSL to: '");
        puts_(address);
        PUT("'");
        break;
    case 'P':
        PUT("sf_ssl [ERROR] Unable to set Post Handshake Auth SSL context: SSL_verify_client_post_handshake:extension "
            "not received");
        break;
    case 'c': PUT("sf_ssl [ERROR] Failed to reload credentials"); break;
    case 'N':
        PUT("sf_peers [INFO] Peer ");
        puts_(address);
        PUT(" needs re-connect");
        break;
    default: die("no such line", NULL);
    }
}

/* ---- other lines ---- */

static int noise_text(char *s, size_t n)
{
    unsigned a = below(60000), b = below(256), c = below(256), d = below(100000);
    switch (below(14)) {
    case 0:
        return snprintf(s, n,
            "kernel: [%7u.%06u] IPv4: martian source 10.%u.%u.255 from 10.%u.%u.1, on dev management0", d, a, b, c, c,
            b);
    case 1:
        return snprintf(
            s, n, "sshd[%u]: Connection closed by 192.168.%u.%u port %u [preauth]", a, b, c, 1024 + below(60000));
    case 2:
        return snprintf(s, n,
            "CROND[%u]: (root) CMD (/usr/local/sf/bin/run_hm.pl --persistent --module %u > /dev/null 2>&1)", a, d);
    case 3:
        return snprintf(s, n,
            "SF-IMS[%u]: [%u] CloudAgent:IPReputation [INFO] Downloading file ip_blocklist_%08x.bin, expected size %u "
            "bytes, server 10.%u.%u.9",
            a, a + b, (unsigned)draw(), d, b, c);
    case 4:
        return snprintf(s, n,
            "SF-IMS[%u]: New inspector is not initializing Identity API because it's already inited. Instance %u of "
            "%u, snort build %u",
            a, b, c, d);
    case 5:
        return snprintf(s, n,
            "SF-IMS[%u]: [%u] SFDataCorrelator:EventProcessing [INFO] Processed %u unified2 events in %u ms, backlog "
            "%u, bookmark %u-%u",
            a, a + c, d, b, c, d * 3, a);
    case 6: return snprintf(s, n, "SF-IMS[%u]: [%u] pm:process [INFO] Started ids_event_processor (%u)", a, a, d);
    case 7:
        return snprintf(s, n,
            "SF-IMS[%u]: [%u] ActionQueueScrape.pl:Task [INFO] task %u polled, state=%s, next in %u s, handler "
            "SF::ActionQueue::Handler::HealthModule::%08x",
            a, a, d, b & 1 ? "RUNNING" : "IDLE", c, (unsigned)draw());
    case 8:
        return snprintf(s, n,
            "%%FTD-6-302013: Built outbound TCP connection %u for outside:198.51.100.%u/443 (198.51.100.%u/443) to "
            "inside:10.%u.%u.7/%u (203.0.113.%u/%u)",
            d * 7, b, b, b, c, a, c, a);
    case 9:
        return snprintf(s, n,
            "%%FTD-6-302014: Teardown TCP connection %u for outside:198.51.100.%u/443 to inside:10.%u.%u.7/%u duration "
            "0:%02u:%02u bytes %u TCP FINs from outside",
            d * 7, b, b, c, a, b % 60, c % 60, d);
    case 10:
        return snprintf(s, n,
            "httpsd[%u]: 10.%u.%u.44 - - \"GET "
            "/api/fmc_config/v1/domain/e276abec-e0f2-11e3-8169-6d9ed49b625f/devices/devicerecords?offset=%u&limit=25 "
            "HTTP/1.1\" 200 %u \"-\" \"python-requests/2.31.0\"",
            a, b, c, below(400), d);
    case 11:
        return snprintf(s, n,
            "ntpd[%u]: receive: Unexpected origin timestamp 0x%08x.%08x does not match aorg 0000000000.00000000 from "
            "server@10.%u.%u.1 xmt 0x%08x",
            a, (unsigned)draw(), (unsigned)draw(), b, c, (unsigned)draw());
    case 12:
        return snprintf(s, n,
            "SF-IMS[%u]: [%u] diskmanager:silo [INFO] Silo unified_low_priority_events has %u KB of %u KB, drained %u "
            "files under /var/sf/detection_engines/%08x/instance-%u",
            a, a, d, d * 9, c, (unsigned)draw(), b % 16);
    default:
        return snprintf(s, n,
            "systemd[1]: session-%u.scope: Deactivated successfully, consumed %u.%03us CPU time over %u s wall clock",
            d, b, c, a);
    }
}

static void noise_line(double step_us)
{
    const struct host *h = &hosts[below(opt.hosts)];
    unsigned i = below(NOISE);
    line_begin(h);
    put(noise[i].p, noise[i].n);
    line_end(step_us);
    if (i % 256 == 0) { /* syslogd's compression, of a line that is nobody's attempt */
        line_begin(h);
        PUT("last message repeated ");
        put_number(2 + below(9));
        PUT(" times");
        line_end(step_us);
    }
}

/* A line of sftunneld that belongs to no attempt. Its threads are never those of attempts. */
static void calm_line(double step_us)
{
    const struct peer *p = &peers[below(opt.peers)];
    unsigned what = below(8);
    line_begin(p->host);
    put_ims(p->host, 1000 + below(64));
    if (what < 3) {
        PUT("sf_heartbeat [INFO] Saved SW VERSION from peer ");
        puts_(p->address);
        PUT(" (7.2.5), ");
        put_number(below(100000));
        PUT(" ms");
    } else if (what < 5) {
        PUT("stream_file [INFO] Initiated fstream task pushing /var/sf/cloud_download/full_bcdb_rep_4.");
        put_number(below(1000));
        PUT(".bin to ");
        puts_(p->uuid);
        PUT(", task_id ");
        put_number(below(100000));
    } else if (what < 7) {
        PUT("sf_peers [INFO] Using a 20 entry queue for ");
        puts_(p->address);
        PUT(" - 8104");
    } else {
        PUT("control_services [INFO] Successfully sent message of ");
        put_number(below(100000));
        PUT(" bytes over control channel, service 0x");
        put_number(below(10000));
    }
    line_end(step_us);
}

/* ---- attempts ---- */

static const struct kind *draw_kind(void)
{
    unsigned v = below(opt.weights), i = 0;
    while (v >= opt.weight[i])
        v -= opt.weight[i++];
    return &kinds[i];
}

/* Nothing in a manager's log marks the end of these, nor the beginning of what follows. */
static bool endless(const struct host *h, const char *script)
{
    return h->side == SIDE_FMC && !strchr("LK", script[strlen(script) - 1]);
}

/* false: the host has no thread to spare. */
static bool attempt_open(void)
{
    struct peer *p = &peers[below(opt.peers)];
    const struct kind *k = draw_kind();
    struct host *h = p->host;
    const char *script = h->side == SIDE_FTD ? k->ftd : k->fmc;
    bool returns = !endless(h, script);
    if (returns && !h->free_count)
        return false;
    unsigned tid = FIRST_TID + opt.tids + endless_tid % ENDLESS_TIDS;
    if (returns) {
        size_t i = below((unsigned)h->free_count);
        tid = h->free_tids[i];
        h->free_tids[i] = h->free_tids[--h->free_count];
    } else {
        endless_tid++;
    }
    open_attempts[open_count++] = (struct attempt){ p, k, script, tid, returns };
    attempts++;
    if (h->side == SIDE_FMC && !strcmp(k->name, "incomplete"))
        unattributed++;
    else
        p->outcome[k - kinds]++;
    return true;
}

static void attempt_line(double step_us)
{
    size_t i = below((unsigned)open_count);
    struct attempt *a = &open_attempts[i];
    struct host *h = a->peer->host;
    line_begin(h);
    put_ims(h, a->tid);
    put_text(a, *a->script++);
    line_end(step_us);
    if (*a->script)
        return;
    if (a->tid_returns)
        h->free_tids[h->free_count++] = a->tid;
    open_attempts[i] = open_attempts[--open_count];
}

/* Several attempts at once, with a little of everything else in between, within about two seconds. */
static void burst(double calm_us)
{
    unsigned quota = opt.interleave <= 64 ? 4 * opt.interleave : opt.interleave;
    double step_us = 1.5e6 / (26.0 * opt.interleave);
    unsigned others = opt.share > 30 ? 20 : 64; /* of 256 */
    if (step_us > calm_us)
        step_us = calm_us;
    if (opt.attempts && quota > opt.attempts - attempts)
        quota = (unsigned)(opt.attempts - attempts);
    while (quota || open_count) {
        while (quota && open_count < opt.interleave && attempt_open())
            quota--;
        if (!open_count)
            break;
        unsigned dice = below(256);
        if (dice < others)
            noise_line(step_us);
        else if (dice < others + 40)
            calm_line(step_us);
        else
            attempt_line(step_us);
    }
}

static void generate(void)
{
    double calm_us = 1e6 / opt.rate, share = opt.share / 100;
    for (;;) {
        double done =
            opt.attempts ? (double)attempts / (double)opt.attempts : (double)(bytes + out.n) / (double)opt.bytes;
        if (done >= 1)
            break;
        unsigned generation = opt.split - 1 - (unsigned)(done * opt.split);
        if (generation < out.generation) {
            bytes += out.n;
            open_generation(generation);
        }
        if ((double)sftunneld_lines <= share * (double)lines)
            burst(calm_us);
        else
            noise_line(calm_us);
    }
    bytes += out.n;
    flush();
    while (out.generation > 0) /* so few lines that the last ones stayed empty */
        open_generation(out.generation - 1);
    if (out.fd > 2 && close(out.fd))
        die(out.path, strerror(errno));
}

/* ---- truth ---- */

static bool truth_peer(FILE *f, const struct peer *p, bool first)
{
    uint64_t total = 0;
    for (int k = 0; k < KINDS; k++)
        total += p->outcome[k];
    if (!total)
        return first;
    fprintf(f,
        "%s\n  {\"host\": \"%s\", \"role\": \"%s\", \"address\": \"%s\", \"total\": %" PRIu64 ", \"outcomes\": {",
        first ? "" : ",", p->host->name, p->host->side == SIDE_FTD ? "ftd" : "fmc", p->address, total);
    const char *comma = "";
    for (int k = 0; k < KINDS; k++) {
        uint64_t n = p->outcome[k];
        if (k && !strcmp(kinds[k].name, kinds[k - 1].name))
            continue; /* counted with the one before */
        if (k + 1 < KINDS && !strcmp(kinds[k].name, kinds[k + 1].name))
            n += p->outcome[k + 1];
        if (n) {
            fprintf(f, "%s\"%s\": %" PRIu64, comma, kinds[k].name, n);
            comma = ", ";
        }
    }
    fputs("}}", f);
    return false;
}

static void write_truth(void)
{
    FILE *f = fopen(opt.truth, "w");
    if (!f)
        die(opt.truth, strerror(errno));
    fprintf(f,
        "{\"seed\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"lines\": %" PRIu64 ", \"sftunneld_lines\": %" PRIu64
        ", \"attempts\": %" PRIu64 ", \"unattributed\": %" PRIu64 ",\n \"peers\": [",
        opt.seed, bytes, lines, sftunneld_lines, attempts, unattributed);
    bool first = true;
    for (unsigned i = 0; i < opt.peers; i++)
        first = truth_peer(f, &peers[i], first);
    fputs("]}\n", f);
    if (fclose(f))
        die(opt.truth, strerror(errno));
}

/* ---- beginning ---- */

static void make_hosts(void)
{
    for (unsigned i = 0; i < opt.hosts; i++) {
        struct host *h = &hosts[i];
        h->side = opt.side < 0 ? (i & 1 ? SIDE_FMC : SIDE_FTD) : (enum side)opt.side;
        h->name_length = (size_t)snprintf(h->name, sizeof h->name, "%s-%02u", h->side == SIDE_FTD ? "ftd" : "fmc", i);
        h->pid = 1500 + below(60000);
        h->free_tids = take_memory(opt.tids, sizeof *h->free_tids);
        for (unsigned t = 0; t < opt.tids; t++)
            h->free_tids[h->free_count++] =
                FIRST_TID + t; /* the same numbers on every host: the key has more than that */
    }
}

static void make_peers(void)
{
    peers = take_memory(opt.peers, sizeof *peers);
    for (unsigned i = 0; i < opt.peers; i++) {
        struct peer *p = &peers[i];
        p->host = &hosts[i % opt.hosts];
        snprintf(p->address, sizeof p->address, "10.%u.%u.%u", 10 + (i >> 16), i >> 8 & 255, i & 255);
        snprintf(p->uuid, sizeof p->uuid, "%08x-c77b-11e2-81bf-%012" PRIx64, (unsigned)draw(), draw() >> 16);
    }
}

static void make_noise(void)
{
    char text[512];
    for (unsigned i = 0; i < NOISE; i++) {
        int n = noise_text(text, sizeof text);
        if (n < 0 || (size_t)n >= sizeof text)
            die("a noise line is too long", NULL);
        noise[i].p = take_memory((size_t)n + 1, 1);
        noise[i].n = (size_t)n;
        memcpy(noise[i].p, text, (size_t)n);
    }
}

static void parse_mix(char *mix)
{
    memset(opt.weight, 0, sizeof opt.weight);
    for (char *save = NULL, *item = strtok_r(mix, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
        char *weight = strchr(item, '=');
        unsigned k = 0;
        if (weight)
            *weight++ = '\0';
        while (k < KINDS && strcmp(kinds[k].option, item))
            k++;
        if (k == KINDS)
            die("no such outcome", item);
        opt.weight[k] = weight ? (unsigned)strtoul(weight, NULL, 10) : 1;
    }
}

static uint64_t parse_size(const char *s)
{
    char *end;
    double v = strtod(s, &end);
    switch (*end) {
    case 'K': v *= 1024; break;
    case 'M': v *= 1024 * 1024; break;
    case 'G': v *= 1024.0 * 1024 * 1024; break;
    default: break;
    }
    return (uint64_t)v;
}

static int64_t parse_start(const char *s)
{
    int y, mo, d, h, mi, sec;
    if (sscanf(s, "%d-%d-%d %d:%d:%d", &y, &mo, &d, &h, &mi, &sec) != 6)
        die("--start wants 'YYYY-MM-DD HH:MM:SS'", s);
    return days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec;
}

static const char usage[] =
    "usage: loggen [OPTION...] -o FILE\n"
    "  -o FILE              where to ('-': standard output)\n"
    "  --truth FILE         write the true counts there, as JSON\n"
    "  --side ftd|fmc|both  whose log (default ftd); both: interleaved, as a log host writes\n"
    "  --hosts N            appliances that log (default 1; 2 with --side both)\n"
    "  --peers N            peers in all (default 4)\n"
    "  --size BYTES         of the log, about; K, M, G (default 64M)\n"
    "  --attempts N         stop after so many attempts instead\n"
    "  --share PERCENT      sftunneld lines among all (default 5)\n"
    "  --outcomes LIST      NAME[=WEIGHT],...; names as in the report; verify_failed/10@0: at depth 0\n"
    "  --tids N             thread ids per host, used again and again (default 64)\n"
    "  --interleave N       attempts open at once (default 4)\n"
    "  --rate N             lines per second of log time (default 50)\n"
    "  --start WHEN         'YYYY-MM-DD HH:MM:SS' (default 2024-09-20 03:00:00)\n"
    "  --split N            rotated generations FILE, FILE.1, ... (default 1)\n"
    "  --seed N             (default 1)\n";

enum {
    O_TRUTH = 256,
    O_SIDE,
    O_HOSTS,
    O_PEERS,
    O_SIZE,
    O_ATTEMPTS,
    O_SHARE,
    O_OUTCOMES,
    O_TIDS,
    O_INTERLEAVE,
    O_RATE,
    O_START,
    O_SPLIT,
    O_SEED,
    O_HELP
};

static const struct option long_options[] = {
    { "truth", 1, NULL, O_TRUTH },
    { "side", 1, NULL, O_SIDE },
    { "hosts", 1, NULL, O_HOSTS },
    { "peers", 1, NULL, O_PEERS },
    { "size", 1, NULL, O_SIZE },
    { "attempts", 1, NULL, O_ATTEMPTS },
    { "share", 1, NULL, O_SHARE },
    { "outcomes", 1, NULL, O_OUTCOMES },
    { "tids", 1, NULL, O_TIDS },
    { "interleave", 1, NULL, O_INTERLEAVE },
    { "rate", 1, NULL, O_RATE },
    { "start", 1, NULL, O_START },
    { "split", 1, NULL, O_SPLIT },
    { "seed", 1, NULL, O_SEED },
    { "help", 0, NULL, O_HELP },
    { NULL, 0, NULL, 0 },
};

static int parse_side(const char *s)
{
    if (!strcmp(s, "both"))
        return -1;
    if (strcmp(s, "ftd") && strcmp(s, "fmc"))
        die("--side wants ftd, fmc or both", s);
    return strcmp(s, "ftd") ? SIDE_FMC : SIDE_FTD;
}

static unsigned parse_count(const char *s, unsigned most)
{
    char *end;
    unsigned long v = strtoul(s, &end, 10);
    if (*end || v < 1 || v > most)
        die("a number is out of range", s);
    return (unsigned)v;
}

static void take_option(int o, char *value)
{
    switch (o) {
    case 'o': opt.path = value; break;
    case O_TRUTH: opt.truth = value; break;
    case O_SIDE: opt.side = parse_side(value); break;
    case O_HOSTS: opt.hosts = parse_count(value, HOSTS_MOST); break;
    case O_PEERS: opt.peers = parse_count(value, 1000000); break;
    case O_SIZE: opt.bytes = parse_size(value); break;
    case O_ATTEMPTS: opt.attempts = parse_count(value, 1000000000); break;
    case O_SHARE: opt.share = strtod(value, NULL); break;
    case O_OUTCOMES: parse_mix(value); break;
    case O_TIDS: opt.tids = parse_count(value, 1000000); break;
    case O_INTERLEAVE: opt.interleave = parse_count(value, 1000000); break;
    case O_RATE: opt.rate = strtod(value, NULL); break;
    case O_START: opt.start = parse_start(value); break;
    case O_SPLIT: opt.split = parse_count(value, 1000); break;
    case O_SEED: opt.seed = strtoull(value, NULL, 10); break;
    default: fputs(usage, o == O_HELP ? stdout : stderr); exit(o == O_HELP ? 0 : 64);
    }
}

int main(int argc, char **argv)
{
    opt = (struct options){ .side = SIDE_FTD,
        .peers = 4,
        .tids = 64,
        .interleave = 4,
        .split = 1,
        .seed = 1,
        .bytes = 64 << 20,
        .share = 5,
        .rate = 50,
        .start = parse_start("2024-09-20 03:00:00") };
    for (int k = 0; k < KINDS; k++)
        opt.weight[k] = kinds[k].weight;
    for (int o; (o = getopt_long(argc, argv, "o:", long_options, NULL)) != -1;)
        take_option(o, optarg);
    for (int k = 0; k < KINDS; k++)
        opt.weights += opt.weight[k];
    if (!opt.path || optind < argc || !opt.weights || !(opt.rate > 0) || !(opt.share > 0 && opt.share <= 100))
        take_option('?', NULL);
    if (opt.split > 1 && !strcmp(opt.path, "-"))
        die("--split needs a file", NULL);
    if (!opt.hosts || (opt.side < 0 && opt.hosts < 2))
        opt.hosts = opt.side < 0 ? 2 : 1;
    random_state = opt.seed;
    out = (struct out){ .path = opt.path, .fd = -1, .p = take_memory(OUT_BYTES + 2 * LINE_MOST, 1) };
    open_attempts = take_memory(opt.interleave, sizeof *open_attempts);
    make_hosts();
    make_peers();
    make_noise();
    open_generation(opt.split - 1);
    generate();
    if (opt.truth)
        write_truth();
    return 0;
}
