/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each verdict from each kind of evidence that can show it, and the kinds against one another: logs, captures,
 * certificate files, status outputs, FAILED_PUSH and probes of one tunnel, FTD-1 (10.2.0.9) and its FMC (10.2.0.1),
 * with certificates that are really made. One row is one case; what is said is held in a few words, and that what
 * contradicts is shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "tests/unit/wirescene.h"

#include <stdio.h>
#include <stdlib.h>

#define NONE SCENE_CERTS
#define UNIT 1
#define FTD_UUID SCENE_OTHER_UUID

static int open_scene(void **state)
{
    (void)state;
    scene_open();
    return 0;
}

static int close_scene(void **state)
{
    (void)state;
    scene_close();
    return 0;
}

/* ---- the pieces ---- */

enum status { UNSAID, UP, UP_SINCE, DOWN, SOCKET, KNOCKS, PENDING, STOPPED };

struct row {
    const char *name;
    const char *log; /* the end of the attempt of 04:10, after "[LEVEL] "; NULL: no log; "" for a tunnel */
    int depth;       /* of an "err N" in it */
    struct {
        enum scene_cert leaf, ca; /* of the server */
        int alert;                /* of the client; 0: completed, -2: SYN only */
        bool there, probe;
        bool late, early; /* half a day after the log, or ten days before it */
    } wire;
    struct {
        enum scene_cert ca, cert; /* of the FTD for this FMC */
        bool there, other_key, empty;
    } disk;
    enum status status;
    bool push; /* FAILED_PUSH */
    enum verdict_id verdict;
    enum confidence confidence;
    const char *says;    /* in the summary; NULL: anything */
    const char *shows;   /* in what some evidence means; NULL: anything */
    const char *against; /* in what some evidence against it means; NULL: there is none */
};

static void put_log(struct buf *b, const struct row *x)
{
    static const char begin[] = "Sep 20 04:10:00 FTD-1 SF-IMS[5]: [7] sftunneld:";
    buf_printf(b, "%ssf_ssl [INFO] Initiating IPv4 connection to 10.2.0.1:8305/tcp\n", begin);
    buf_printf(b, "%ssf_ssl [INFO] Connected to 10.2.0.1 from resolved_ip_list (port 8305) (IPv4)\n", begin);
    if (!x->log[0]) {
        buf_printf(b,
            "%ssf_channel [INFO] >> ChannelState do_dataio_for_heartbeat peer 10.2.0.1 / channelA / CONTROL "
            "[ msgSock & ssl_context ] <<\n",
            begin);
        return;
    }
    if (strncmp(x->log, "[ERROR] err", 11) == 0)
        buf_printf(b, "%ssf_ssl [ERROR] -Error with certificate at depth: %d\n", begin, x->depth);
    buf_printf(b, "%ssf_ssl %s\n", begin, x->log);
    buf_printf(b, "%ssf_ssl [ERROR] Connect:SSL handshake failed\n", begin);
}

static void put_wire(struct casefile *c, const struct row *x)
{
    bool syn = x->wire.alert == -2;
    struct connection k = scene_connection(syn             ? CONNECTION_SYN_ONLY
                                           : x->wire.alert ? CONNECTION_HANDSHAKE
                                                           : CONNECTION_COMPLETE,
        x->wire.late    ? SCENE_DAY / 2
        : x->wire.early ? -10 * SCENE_DAY
                        : 600);
    if (!syn)
        scene_show(&k, SIDE_SERVER, x->wire.leaf, x->wire.ca);
    if (x->wire.probe) { /* asked for a certificate, and refused for want of one */
        scene_show(&k, SIDE_CLIENT, NONE, NONE);
        scene_alert(&k, SIDE_SERVER, 116);
        k.certificate_requested = k.ended = true;
    } else if (!x->wire.alert) {
        scene_show(&k, SIDE_CLIENT, FTD_LEAF, CA);
    }
    if (x->wire.alert > 0)
        scene_alert(&k, SIDE_CLIENT, x->wire.alert);
    enum source_kind kind = x->wire.probe ? SOURCE_PROBE : SOURCE_CAPTURE;
    casefile_wire(c, casefile_source(c, "x", kind, UNIT_NONE), &k);
    scene_clear(&k);
}

static void put_file(struct casefile *c, enum disk_place place, enum scene_cert cert)
{
    char path[128];
    snprintf(path, sizeof path, "/var/sf/peers/" SCENE_UUID "/%s", disk_place_file(place));
    casefile_disk(c, &(struct disk_fact){ .unit = UNIT,
                         .source = casefile_source(c, path, SOURCE_CERTIFICATE, UNIT),
                         .place = place,
                         .path = path,
                         .peer_uuid = SCENE_UUID,
                         .state = cert == NONE ? DISK_EMPTY : DISK_READ,
                         .why = cert == NONE ? "is empty" : NULL,
                         .certificate = cert == NONE ? CERT_NONE : certs_add(casefile_certs(c), scene_cert(cert)) });
}

static void put_disk(struct casefile *c, const struct row *x)
{
    put_file(c, DISK_PEER_CA, x->disk.ca);
    put_file(c, DISK_PEER_CERT, x->disk.cert);
    struct disk_fact key = { .unit = UNIT,
        .source = casefile_source(c, "key", SOURCE_CERTIFICATE, UNIT),
        .place = DISK_PEER_KEY,
        .path = "/var/sf/peers/" SCENE_UUID "/sftunnel-key.pem",
        .peer_uuid = SCENE_UUID,
        .certificate = CERT_NONE,
        .key = !x->disk.empty,
        .state = x->disk.empty ? DISK_EMPTY : DISK_READ,
        .why = x->disk.empty ? "is empty" : NULL };
    struct certs *scratch = certs_new();
    uint32_t of = certs_add(scratch, scene_cert(x->disk.other_key      ? CA_OTHER
                                                : x->disk.cert == NONE ? FTD_LEAF
                                                                       : x->disk.cert));
    memcpy(key.spki_sha256, certs_get(scratch, of)->spki_sha256, CERT_HASH);
    certs_free(scratch);
    casefile_disk(c, &key);
}

static void put_status(struct casefile *c, enum status s)
{
    char peer[] = "10.2.0.1", text[] = "what it says", reason[] = "";
    uint32_t source = casefile_source(c, "status", SOURCE_STATUS, UNIT);
    if (s == STOPPED) {
        casefile_host(
            c, &(struct host_fact){
                   .unit = UNIT, .source = source, .line = 1, .kind = HOST_PROCESS, .value = text, .text = text });
        return;
    }
    casefile_status(c, &(struct status_fact){ .unit = UNIT,
                           .source = source,
                           .line = 1,
                           .kind = s <= DOWN      ? STATUS_TUNNEL
                                   : s == PENDING ? STATUS_REGISTRATION
                                                  : STATUS_SOCKET,
                           .peer = peer,
                           .connected = s == UP || s == UP_SINCE || s == SOCKET,
                           .since = s == UP_SINCE ? civil_from_unix(SCENE_NOW - SCENE_DAY) : CIVIL_NONE,
                           .lost = CIVIL_NONE,
                           .seen = CIVIL_NONE,
                           .reason = reason,
                           .text = text });
}

static void put_push(struct casefile *c)
{
    char address[] = "10.2.0.9", uuid[] = FTD_UUID, file[] = "cacert.pem", text[] = "x";
    casefile_push(c, &(struct push_fact){ .unit = 2,
                         .source = casefile_source(c, "FAILED_PUSH", SOURCE_FAILED_PUSH, 2),
                         .line = 1,
                         .address = address,
                         .uuid = uuid,
                         .file = file,
                         .text = text });
}

static void put_all(struct casefile *c, const struct row *x)
{
    char fmc[] = SCENE_UUID, address[] = "10.2.0.1", own[] = "10.2.0.9", ftd[] = FTD_UUID;
    uint32_t ims = casefile_source(c, "ims.conf", SOURCE_IMS_CONF, UNIT);
    casefile_appliance(c, ims, ROLE_FTD, slice_of(FTD_UUID), slice_of("x"), slice_of("7.2.5"));
    casefile_peer(c, &(struct peer_fact){ .unit = UNIT, .source = ims, .uuid = fmc, .address = address });
    casefile_peer(c, &(struct peer_fact){ .unit = UNIT, .source = ims, .uuid = ftd, .address = own });
    if (x->log) {
        struct buf b = { 0 };
        put_log(&b, x);
        scene_log(c, "messages", b.p);
        buf_clear(&b);
        for (size_t i = 0; i < c->source_count; i++)
            if (strcmp(c->sources[i].path, "messages") == 0)
                c->sources[i].unit = UNIT;
    }
    if (x->wire.there)
        put_wire(c, x);
    if (x->disk.there)
        put_disk(c, x);
    if (x->status != UNSAID)
        put_status(c, x->status);
    if (x->push)
        put_push(c);
}

/* ---- the check ---- */

static bool shows(const struct finding *f, const char *words)
{
    for (size_t i = 0; i < f->evidence_count; i++)
        if (strstr(f->evidence[i].means, words))
            return true;
    return false;
}

static bool against(const struct finding *f, const char *words)
{
    for (size_t i = 0; i < f->evidence_count; i++)
        if (!f->evidence[i].supports && (!words || strstr(f->evidence[i].means, words)))
            return true;
    return false;
}

static void show(const struct row *x, const struct diagnosis *d)
{
    print_error("%s:\n", x->name);
    for (size_t k = 0; k < d->finding_count; k++) {
        const struct finding *f = &d->findings[k];
        print_error(" %s %s: %s, %s, %s\n", f->host, f->address, verdict_info(f->verdict)->name,
            confidence_name(f->confidence), f->summary);
        for (size_t i = 0; i < f->evidence_count; i++)
            print_error("   %c %s\n", f->evidence[i].supports ? '+' : '-', f->evidence[i].means);
    }
}

static const struct finding *the_tunnel(const struct diagnosis *d, bool push)
{
    for (size_t i = 0; i < d->finding_count; i++)
        if ((d->findings[i].role == ROLE_FMC) == push)
            return &d->findings[i];
    return NULL;
}

static bool check(const struct row *x)
{
    struct casefile c = { .now = SCENE_NOW + SCENE_DAY };
    struct diagnosis d;
    put_all(&c, x);
    diagnose(&c, &d);
    const struct finding *f = the_tunnel(&d, x->push);
    bool good = f && f->verdict == x->verdict && f->confidence == x->confidence &&
                (!x->says || strstr(f->summary, x->says)) && (!x->shows || shows(f, x->shows)) &&
                (x->against ? against(f, x->against) : !against(f, NULL)) && f->next && f->next[0] &&
                f->evidence_count && d.at_risk == (f->verdict == VERDICT_AT_RISK) && (x->push || d.finding_count == 1);
    if (!good)
        show(x, &d);
    diagnosis_clear(&d);
    casefile_clear(&c);
    return good;
}

static void check_all(const struct row *rows, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = check(&rows[i]) && good; /* all of them are shown */
    assert_true(good);
}

#define ROWS(rows) check_all(rows, sizeof(rows) / sizeof *(rows))
#define WIRE(l, c, a) .wire = { .leaf = (l), .ca = (c), .alert = (a), .there = true }
#define WIRE_LATE(l, c, a) .wire = { .leaf = (l), .ca = (c), .alert = (a), .there = true, .late = true }
#define PROBE(l, c) .wire = { .leaf = (l), .ca = (c), .there = true, .probe = true }
#define WIRE_EARLY(l, c, a) .wire = { .leaf = (l), .ca = (c), .alert = (a), .there = true, .early = true }
#define DISK(c, l) .disk = { .ca = (c), .cert = (l), .there = true }
#define OTHER_KEY(c, l) .disk = { .ca = (c), .cert = (l), .there = true, .other_key = true }
#define EMPTY_KEY(c, l) .disk = { .ca = (c), .cert = (l), .there = true, .empty = true }
#define ERR(n, text) .log = "[ERROR] err " #n ":" text
#define ALERT(code, text)                                                                                              \
    .log = "[WARN] establishConnectionUtil: SSL handshake failed: error:" code ":SSL routines:x:" text
#define TUNNEL .log = ""
#define IS(v, c) .verdict = VERDICT_##v, .confidence = CONFIDENCE_##c

static void one_kind_alone(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "1000 log", TUNNEL, IS(HEALTHY, HIGH) },
        { "1000 wire", WIRE(FMC_LEAF, CA, 0), IS(HEALTHY, HIGH) },
        { "1000 disk", DISK(CA, FTD_LEAF), IS(HEALTHY, MEDIUM), .says = "in order" },
        { "1000 status", .status = UP, IS(HEALTHY, MEDIUM) },
        { "1001 log", ERR(10, "certificate has expired"), .depth = 1, IS(CA_EXPIRED, HIGH) },
        { "1001 alert", ALERT("14094415", "sslv3 alert certificate expired"), IS(CA_EXPIRED, MEDIUM),
            .against = "whether the peer meant the CA" },
        { "1001 wire", WIRE(FMC_LEAF, CA_EXPIRED, 45), IS(CA_EXPIRED, HIGH) },
        { "1001 disk", DISK(CA_EXPIRED, FTD_LEAF), IS(CA_EXPIRED, HIGH) },
        { "1002 wire", WIRE(FMC_LEAF, CA_SOON, 0), IS(CA_EXPIRING, HIGH) },
        { "1002 disk", DISK(CA_SOON, FTD_LEAF), IS(CA_EXPIRING, HIGH) },
        { "1003 log", ERR(10, "certificate has expired"), .depth = 0, IS(LEAF_EXPIRED, HIGH) },
        { "1003 wire", WIRE(FMC_EXPIRED, CA, 45), IS(LEAF_EXPIRED, HIGH) },
        { "1003 disk", DISK(CA, FTD_EXPIRED), IS(LEAF_EXPIRED, HIGH) },
        { "1004 log", ERR(9, "certificate is not yet valid"), .depth = 1, IS(NOT_YET_VALID, HIGH) },
        { "1004 wire", WIRE(FMC_FUTURE, CA, 42), IS(NOT_YET_VALID, HIGH) },
        { "1005 log", ERR(7, "certificate signature failure"), .depth = 0, IS(CA_MISMATCH, HIGH) },
        { "1005 alert", ALERT("1409441B", "tlsv1 alert decrypt error"), IS(CA_MISMATCH, MEDIUM) },
        { "1005 disk", DISK(CA_NEW, FTD_LEAF), IS(CA_MISMATCH, HIGH) },
        { "1006 log", ERR(19, "self-signed certificate in certificate chain"), .depth = 1, IS(UNKNOWN_CA, HIGH) },
        { "1006 disk", DISK(CA, FTD_OTHER), IS(UNKNOWN_CA, HIGH) },
        { "1007 log", ERR(68, "CA signature digest algorithm too weak"), .depth = 0, IS(WEAK_CERTIFICATE, HIGH) },
        { "1007 disk", DISK(CA, FMC_1024), IS(WEAK_CERTIFICATE, HIGH) },
        { "1007 disk, digest", DISK(CA, FMC_SHA1), IS(WEAK_CERTIFICATE, HIGH) },
        { "1008 disk", OTHER_KEY(CA, FTD_LEAF), IS(KEY_MISMATCH, HIGH) },
        { "1009 log",
            .log = "[ERROR] Unable to set Post Handshake Auth SSL context: SSL_verify_client_post_handshake:extension "
                   "not received",
            IS(POST_HANDSHAKE_AUTH, HIGH) },
        { "1010 log", ERR(23, "certificate revoked"), .depth = 0, IS(REVOKED, HIGH) },
        { "1010 alert", ALERT("14094414", "sslv3 alert certificate revoked"), IS(REVOKED, MEDIUM) },
        { "1011 log", ERR(26, "unsupported certificate purpose"), .depth = 0, IS(REJECTED, HIGH) },
        { "1202 disk", EMPTY_KEY(CA, FTD_LEAF), IS(BAD_FILES, HIGH), .says = "sftunnel-key.pem is empty" },
        { "1202 disk, the certificate", DISK(CA, NONE), IS(BAD_FILES, HIGH), .says = "sftunnel-cert.pem is empty" },
        { "1301 wire", WIRE(NONE, NONE, -2), IS(NETWORK, HIGH) },
        { "1301 netstat", .status = KNOCKS, IS(NETWORK, LOW) },
        { "1301 pmtool", .status = STOPPED, IS(NETWORK, MEDIUM), .says = "sftunnel does not run" },
        { "1302 alert", ALERT("1409442E", "tlsv1 alert protocol version"), IS(PROTOCOL, MEDIUM) },
        { "1303 wire", WIRE(PROXY_LEAF, CA_PROXY, 48), IS(INTERCEPTED, MEDIUM) },
        { "1901 status", .status = DOWN, IS(INSUFFICIENT, LOW), .says = "the tunnel is down" },
        { "1901 netstat", .status = SOCKET, IS(INSUFFICIENT, LOW), .says = "a TCP connection is open" },
        { "1901 registration", .status = PENDING, IS(INSUFFICIENT, LOW), .says = "registration is not completed" },
    };
    ROWS(rows);
}

static void a_status_output_beside(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "expired on disk, up", DISK(CA_EXPIRED, FTD_LEAF), .status = UP, IS(AT_RISK, HIGH),
            .says = "still up, but the InternalCA expired" },
        { "expired on disk, made since", DISK(CA_EXPIRED, FTD_LEAF), .status = UP_SINCE, IS(AT_RISK, LOW),
            .against = "made after the end of that certificate" },
        { "good on disk, made since", DISK(CA, FTD_LEAF), .status = UP_SINCE, IS(HEALTHY, MEDIUM) },
        { "expired on disk, down", DISK(CA_EXPIRED, FTD_LEAF), .status = DOWN, IS(CA_EXPIRED, HIGH),
            .says = "the tunnel is down" },
        { "expired on disk, a TCP connection", DISK(CA_EXPIRED, FTD_LEAF), .status = SOCKET, IS(AT_RISK, LOW) },
        { "expired on disk, asked for", DISK(CA_EXPIRED, FTD_LEAF), .status = KNOCKS, IS(CA_EXPIRED, HIGH) },
        { "expired on disk, not registered", DISK(CA_EXPIRED, FTD_LEAF), .status = PENDING, IS(CA_EXPIRED, HIGH) },
        { "expired on disk, stopped", DISK(CA_EXPIRED, FTD_LEAF), .status = STOPPED, IS(CA_EXPIRED, HIGH) },
        { "good on disk, stopped", DISK(CA, FTD_LEAF), .status = STOPPED, IS(NETWORK, MEDIUM) },
        { "good on disk, up", DISK(CA, FTD_LEAF), .status = UP, IS(HEALTHY, MEDIUM) },
        { "good on disk, down", DISK(CA, FTD_LEAF), .status = DOWN, IS(INSUFFICIENT, LOW) },
        { "good on disk, asked for", DISK(CA, FTD_LEAF), .status = KNOCKS, IS(NETWORK, LOW) },
        { "mismatch on disk, up", DISK(CA_NEW, FTD_LEAF), .status = UP, IS(AT_RISK, HIGH) },
        { "expiring on disk, up", DISK(CA_SOON, FTD_LEAF), .status = UP, IS(CA_EXPIRING, HIGH) },
        { "expiring on disk, down", DISK(CA_SOON, FTD_LEAF), .status = DOWN, IS(CA_EXPIRING, HIGH), .against = "down" },
        { "err 10, up", ERR(10, "certificate has expired"), .depth = 1, .status = UP, IS(AT_RISK, HIGH) },
        { "err 10, down", ERR(10, "certificate has expired"), .depth = 1, .status = DOWN, IS(CA_EXPIRED, HIGH) },
        { "err 10, a TCP connection", ERR(10, "certificate has expired"), .depth = 1, .status = SOCKET,
            IS(CA_EXPIRED, HIGH) },
        { "err 9, up", ERR(9, "certificate is not yet valid"), .depth = 1, .status = UP, IS(NOT_YET_VALID, HIGH),
            .against = "the tunnel is up" },
        { "a tunnel, down", TUNNEL, .status = DOWN, IS(INSUFFICIENT, LOW), .against = "the log's last word" },
        { "a tunnel, up", TUNNEL, .status = UP, IS(HEALTHY, HIGH) },
        { "a tunnel, stopped", TUNNEL, .status = STOPPED, IS(NETWORK, MEDIUM), .against = "the log's last word" },
    };
    ROWS(rows);
}

static void a_log_and_the_disk(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "both expired", ERR(10, "certificate has expired"), .depth = 1, DISK(CA_EXPIRED, FTD_LEAF),
            IS(CA_EXPIRED, HIGH) },
        { "expired in the log, valid on disk", ERR(10, "certificate has expired"), .depth = 1, DISK(CA, FTD_LEAF),
            IS(CA_EXPIRED, MEDIUM), .against = "the CA on disk is valid" },
        { "an alert 45 for a CA that has expired on disk", ALERT("14094415", "sslv3 alert certificate expired"),
            DISK(CA_EXPIRED, FTD_LEAF), IS(CA_EXPIRED, HIGH), .against = "whether the peer meant the CA" },
        { "an alert 45 for a certificate that has expired on disk",
            ALERT("14094415", "sslv3 alert certificate expired"), DISK(CA, FTD_EXPIRED), IS(LEAF_EXPIRED, HIGH),
            .against = "" },
        { "a tunnel, expired on disk", TUNNEL, DISK(CA_EXPIRED, FTD_LEAF), IS(AT_RISK, HIGH) },
        { "a tunnel, a key of another", TUNNEL, OTHER_KEY(CA, FTD_LEAF), IS(AT_RISK, HIGH) },
        { "a tunnel, expiring on disk", TUNNEL, DISK(CA_SOON, FTD_LEAF), IS(CA_EXPIRING, HIGH) },
        { "err 7, mismatch on disk", ERR(7, "certificate signature failure"), .depth = 0, DISK(CA_NEW, FTD_LEAF),
            IS(CA_MISMATCH, HIGH) },
        { "err 7, good on disk", ERR(7, "certificate signature failure"), .depth = 0, DISK(CA, FTD_LEAF),
            IS(CA_MISMATCH, HIGH) },
        { "a version refused, mismatch on disk", ALERT("1409442E", "tlsv1 alert protocol version"),
            DISK(CA_NEW, FTD_LEAF), IS(CA_MISMATCH, HIGH) },
    };
    ROWS(rows);
}

static void a_capture_and_the_disk(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "the same, both good", WIRE(FMC_LEAF, CA, 0), DISK(CA, FTD_LEAF), IS(HEALTHY, HIGH),
            .shows = "the client presented exactly the certificate that lies on disk" },
        { "the same, both expired", WIRE(FMC_LEAF, CA_EXPIRED, 45), DISK(CA_EXPIRED, FTD_LEAF), IS(CA_EXPIRED, HIGH) },
        { "issued once more", WIRE(FMC_LEAF, CA, 0), DISK(CA, FMC_SOON), IS(CA_EXPIRING, HIGH),
            .shows = "the client presented another certificate than the one on disk" },
        { "new on disk, and not in use", WIRE(FMC_LEAF, CA_EXPIRED, 45), DISK(CA_NEW, FMC_NEW), IS(CA_MISMATCH, HIGH),
            .says = "presented the CA from before the regeneration, although the new one (made 2024-09-19) lay on" },
        { "likewise, and up", WIRE(FMC_LEAF, CA_EXPIRED, 0), DISK(CA_NEW, FMC_NEW), IS(AT_RISK, HIGH),
            .says = "Never restart sftunnel on an FMC",
            .shows = "lay on its disk already: sftunnel has not taken it into use" },
        { "made after the packets", WIRE_EARLY(FMC_LEAF, CA_SOON, 0), DISK(CA_NEW, FMC_NEW), IS(CA_EXPIRING, LOW),
            .against = "is newer than these packets" },
        { "new on the wire, old on disk", WIRE(FMC_NEW, CA_NEW, 51), DISK(CA, FTD_LEAF), IS(CA_MISMATCH, HIGH),
            .shows = "the server presented a newer CA than the one on disk" },
    };
    ROWS(rows);
}

static void a_log_and_a_capture(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "expired on the wire, and up by its status", WIRE(FMC_LEAF, CA_EXPIRED, 45), .status = UP,
            IS(AT_RISK, HIGH) },
        { "expired on the wire, and down", WIRE(FMC_LEAF, CA_EXPIRED, 45), .status = DOWN, IS(CA_EXPIRED, HIGH) },
        { "both expired", ERR(10, "certificate has expired"), .depth = 1, WIRE(FMC_LEAF, CA_EXPIRED, 45),
            IS(CA_EXPIRED, HIGH), .against = "the FMC's UUID was made" },
        { "expired in the log, valid on the wire", ERR(10, "certificate has expired"), .depth = 1,
            WIRE(FMC_LEAF, CA, 45), IS(CA_EXPIRED, MEDIUM), .against = "the capture says otherwise" },
        { "up again later", ERR(10, "certificate has expired"), .depth = 1, WIRE_LATE(FMC_LEAF, CA, 0),
            IS(HEALTHY, MEDIUM), .against = "" },
    };
    ROWS(rows);
}

static void a_probe_beside(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "alone, valid", PROBE(FMC_LEAF, CA), IS(HEALTHY, HIGH) },
        { "alone, expired", PROBE(FMC_LEAF, CA_EXPIRED), IS(CA_EXPIRED, HIGH) },
        { "valid, good on disk", PROBE(FMC_LEAF, CA), DISK(CA, FTD_LEAF), IS(HEALTHY, HIGH) },
        { "expired, and on disk, up", PROBE(FMC_LEAF, CA_EXPIRED), DISK(CA_EXPIRED, FTD_LEAF), .status = UP,
            IS(AT_RISK, HIGH) },
        { "old, new on disk", PROBE(FMC_LEAF, CA_EXPIRED), DISK(CA_NEW, FMC_NEW), IS(CA_MISMATCH, HIGH),
            .shows = "the server presented the CA from before the regeneration" },
        { "new, old on disk", PROBE(FMC_NEW, CA_NEW), DISK(CA, FTD_LEAF), IS(CA_MISMATCH, MEDIUM),
            .says = "the server presented a newer CA than the one on disk" },
        { "new, old on disk, up", PROBE(FMC_NEW, CA_NEW), DISK(CA, FTD_LEAF), .status = UP, IS(AT_RISK, MEDIUM),
            .against = "the probe says otherwise" },
        { "expired, a tunnel in the log", TUNNEL, PROBE(FMC_LEAF, CA_EXPIRED), IS(AT_RISK, HIGH) },
    };
    ROWS(rows);
}

static void files_that_were_not_pushed(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "alone", .push = true, IS(PUSH_INCOMPLETE, HIGH) },
        { "and err 7 at the other end", ERR(7, "certificate signature failure"), .depth = 0, .push = true,
            IS(PUSH_INCOMPLETE, HIGH) },
        { "and the other end is up", .status = UP, .push = true, IS(PUSH_INCOMPLETE, HIGH) },
    };
    ROWS(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_kind_alone),
        cmocka_unit_test(a_status_output_beside),
        cmocka_unit_test(a_log_and_the_disk),
        cmocka_unit_test(a_capture_and_the_disk),
        cmocka_unit_test(a_log_and_a_capture),
        cmocka_unit_test(a_probe_beside),
        cmocka_unit_test(files_that_were_not_pushed),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
