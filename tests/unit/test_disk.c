/* SPDX-License-Identifier: BSD-2-Clause */
/* What certificate files make of a case: each verdict from real certificates, alone and beside a status output. */
#include "agent/diagnosis/diagnose.h"
#include "base/mem.h"
#include "tests/unit/certmaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define FMC "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"
#define FTD "cdb123c8-4347-11ef-aca1-f3aa241412a1"
#define DAY 86400LL
#define NOW 1726800000 /* 2024-09-20T02:40:00Z */

static const struct maker_dn ca_dn = { "InternalCA", FMC, NULL, 0, 0, false };
static const struct maker_dn other_dn = { "InternalCA", "8d1a7f4a-e5a5-11ed-a56c-0988856d1c7e", NULL, 0, 0, false };
static const struct maker_dn leaf_dn = { "sftunnel", FTD, NULL, 0, 0, false };

/* What a file may hold: one of each is made once. */
enum thing {
    NONE,
    CA,         /* version 1, serial 0, 500 days left */
    CA_OLD,     /* the same name, another key, expired three days ago */
    CA_NEXT,    /* the same name, a third key */
    CA_89,      /* 89 days left */
    CA_29,      /* 29 days left */
    CA_FUTURE,  /* begins tomorrow */
    CA_OTHER,   /* of another FMC */
    CA_SMALL,   /* 1024 bits */
    LEAF,       /* by CA */
    LEAF_AGAIN, /* by CA, issued once more */
    LEAF_OLD,   /* by CA_OLD */
    LEAF_89,    /* by CA_89 */
    LEAF_29,
    LEAF_DEAD,  /* by CA, expired */
    LEAF_SHA1,  /* by CA */
    LEAF_SMALL, /* by CA, 1024 bits */
    LEAF_EC,    /* by CA */
    LEAF_OTHER, /* by CA_OTHER */
    KEY,        /* of the leaves */
    KEY_EC,
    KEY_CA, /* of CA: never that of a leaf */
    CRL_GOOD,
    CRL_DEAD,
    CRL_FUTURE,
    CRL_OLD,   /* by the key of CA_OLD, the same name */
    CRL_LISTS, /* has the serial number of LEAF */
    EMPTY,
    CUT,
    FIFO,
    MISSING,
    NO_RIGHT,
    BAD_LINK,
    ODD, /* a stray name */
    BACKUP,
    THINGS
};

static struct maker_key *k_ca, *k_old, *k_next, *k_leaf, *k_small, *k_ec;
static struct bytes der[THINGS];

static void make(enum thing t, const struct maker_dn *subject, const struct maker_key *key,
    const struct maker_dn *issuer, const struct maker_key *by)
{
    struct maker_recipe r = { .subject = *subject,
        .key = key,
        .issuer_key = by,
        .not_before = NOW - 3000 * DAY,
        .not_after = NOW + 500 * DAY,
        .version = by ? 3 : 1,
        .serial = by ? (long)t : 0 };
    if (issuer)
        r.issuer = *issuer;
    if (t == CA_OLD || t == LEAF_OLD || t == LEAF_DEAD)
        r.not_after = NOW - 3 * DAY;
    if (t == CA_89 || t == CA_29)
        r.not_after = NOW + (t == CA_89 ? 89 : 29) * DAY + 5;
    if (t == CA_FUTURE)
        r.not_before = NOW + DAY;
    if (t == LEAF_SHA1)
        r.digest = "SHA1";
    der[t] = maker_certificate(&r);
}

static int begin(void **state)
{
    (void)state;
    k_ca = maker_key("RSA", 2048);
    k_old = maker_key("RSA", 2048);
    k_next = maker_key("RSA", 2048);
    k_leaf = maker_key("RSA", 2048);
    k_small = maker_key("RSA", 1024);
    k_ec = maker_key("EC", 0);
    make(CA, &ca_dn, k_ca, NULL, NULL);
    make(CA_OLD, &ca_dn, k_old, NULL, NULL);
    make(CA_NEXT, &ca_dn, k_next, NULL, NULL);
    make(CA_89, &ca_dn, k_ca, NULL, NULL);
    make(CA_29, &ca_dn, k_ca, NULL, NULL);
    make(CA_FUTURE, &ca_dn, k_ca, NULL, NULL);
    make(CA_OTHER, &other_dn, k_next, NULL, NULL);
    make(CA_SMALL, &ca_dn, k_small, NULL, NULL);
    static const enum thing by_ca[] = { LEAF, LEAF_AGAIN, LEAF_89, LEAF_29, LEAF_DEAD, LEAF_SHA1 };
    for (size_t i = 0; i < sizeof by_ca / sizeof *by_ca; i++)
        make(by_ca[i], &leaf_dn, k_leaf, &ca_dn, k_ca);
    make(LEAF_OLD, &leaf_dn, k_leaf, &ca_dn, k_old);
    make(LEAF_SMALL, &leaf_dn, k_small, &ca_dn, k_ca);
    make(LEAF_EC, &leaf_dn, k_ec, &ca_dn, k_ca);
    make(LEAF_OTHER, &leaf_dn, k_leaf, &other_dn, k_next);
    der[CRL_GOOD] = maker_crl(&ca_dn, k_ca, NOW - DAY, NOW + DAY);
    der[CRL_DEAD] = maker_crl(&ca_dn, k_ca, NOW - DAY, NOW - 1);
    der[CRL_FUTURE] = maker_crl(&ca_dn, k_ca, NOW + DAY, 0);
    der[CRL_OLD] = maker_crl(&ca_dn, k_old, NOW - DAY, NOW + DAY);
    der[CRL_LISTS] = maker_crl_with(&ca_dn, k_ca, NOW - DAY, NOW + DAY, (long)LEAF);
    return 0;
}

static int end(void **state)
{
    (void)state;
    struct maker_key *all[] = { k_ca, k_old, k_next, k_leaf, k_small, k_ec };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        maker_key_free(all[i]);
    for (size_t i = 0; i < THINGS; i++)
        if (der[i].p)
            maker_free(der[i]);
    return 0;
}

/* ---- a case ---- */

static struct casefile c;
static struct diagnosis d;

static const struct maker_key *key_of(enum thing t)
{
    return t == KEY ? k_leaf : t == KEY_EC ? k_ec : k_ca;
}

static void put(uint32_t unit, enum disk_place place, const char *peer, enum thing t)
{
    char path[128];
    struct disk_fact f = { .unit = unit, .place = place, .peer_uuid = peer, .path = path, .certificate = CERT_NONE };
    snprintf(path, sizeof path, "/x/%s", disk_place_file(place));
    if (t == NONE)
        return;
    if (t >= CRL_GOOD && t <= CRL_LISTS) {
        f.crl = certs_add_crl(casefile_certs(&c), der[t]);
        assert_true(f.crl > 0);
        f.crl_made = certs_crl_made(c.certs, f.crl);
        f.crl_next = certs_crl_next(c.certs, f.crl);
    } else if (der[t].p) {
        f.certificate = certs_add(casefile_certs(&c), der[t]);
    } else if (t == KEY || t == KEY_EC || t == KEY_CA) {
        struct bytes self = maker_certificate(
            &(struct maker_recipe){ .subject = leaf_dn, .key = key_of(t), .not_before = 0, .not_after = NOW });
        struct certs *scratch = certs_new();
        f.key = true;
        memcpy(f.spki_sha256, certs_get(scratch, certs_add(scratch, self))->spki_sha256, CERT_HASH);
        certs_free(scratch);
        maker_free(self);
    } else if (t == ODD || t == BACKUP) {
        f.place = DISK_STRAY;
        f.odd_name = t == ODD;
        snprintf(path, sizeof path, "/x/sftunnel-key.pem%s", t == ODD ? "\x01" : ".backup");
    } else {
        static const enum disk_state states[] = { [EMPTY] = DISK_EMPTY,
            [CUT] = DISK_MALFORMED,
            [FIFO] = DISK_NOT_A_FILE,
            [MISSING] = DISK_ABSENT,
            [NO_RIGHT] = DISK_UNREADABLE,
            [BAD_LINK] = DISK_BAD_LINK };
        f.state = states[t];
        f.why = "is what it is";
    }
    f.source = casefile_source(&c, path, SOURCE_CERTIFICATE, unit);
    casefile_disk(&c, &f);
}

static void appliance(uint32_t unit, enum role role, const char *uuid)
{
    uint32_t s = casefile_source(&c, "ims.conf", SOURCE_IMS_CONF, unit);
    casefile_appliance(&c, s, role, slice_of(uuid), SLICE("x"), SLICE("7.2.5"));
}

static void status(uint32_t unit, const char *peer, bool connected)
{
    char name[64], text[] = "Connected";
    uint32_t source = casefile_source(&c, "status", SOURCE_STATUS, unit);
    snprintf(name, sizeof name, "%s", peer);
    const struct status_fact f = { .unit = unit,
        .source = source,
        .line = 3,
        .peer = name,
        .connected = connected,
        .text = text,
        .since = CIVIL_NONE,
        .lost = CIVIL_NONE,
        .seen = CIVIL_NONE };
    casefile_status(&c, &f);
}

static void firewall(uint32_t unit, enum thing ca, enum thing cert, enum thing key, enum thing more)
{
    appliance(unit, ROLE_FTD, FTD);
    put(unit, DISK_PEER_CA, FMC, ca);
    put(unit, DISK_PEER_CERT, FMC, cert);
    put(unit, DISK_PEER_KEY, FMC, key);
    put(unit, DISK_STRAY, FMC, more);
}

static void manager(uint32_t unit, enum thing ca, enum thing issued, enum thing pushed)
{
    appliance(unit, ROLE_FMC, FMC);
    put(unit, DISK_CA, NULL, ca);
    put(unit, DISK_OWN_CERT, NULL, NONE);
    put(unit, DISK_PEER_CERT, FTD, issued);
    put(unit, DISK_PUSHED_CERT, FTD, pushed);
}

static int fresh(void **state)
{
    (void)state;
    c = (struct casefile){ .now = NOW };
    return 0;
}

static int stale(void **state)
{
    (void)state;
    diagnosis_clear(&d);
    casefile_clear(&c);
    return 0;
}

static const struct finding *finding(const char *peer, bool self)
{
    static struct evidence nothing = { .text = "", .means = "" };
    static const struct finding none = { .verdict = VERDICT_COUNT, .summary = "", .ca_uuid = "", .evidence = &nothing };
    for (size_t i = 0; i < d.finding_count; i++) {
        const struct finding *f = &d.findings[i];
        if (self ? f->self : f->uuid && !f->self && strcmp(f->uuid, peer) == 0)
            return f;
    }
    return &none;
}

/* ---- one end ---- */

static void a_firewalls_set_for_each_verdict(void **state)
{
    (void)state;
    static const struct {
        enum thing ca, cert, key, more;
        enum verdict_id verdict;
        enum severity severity;
        const char *says;
    } cases[] = {
        { CA, LEAF, KEY, NONE, VERDICT_HEALTHY, SEVERITY_OK, "valid until 2026-02-02" },
        { CA, LEAF_EC, KEY_EC, NONE, VERDICT_HEALTHY, SEVERITY_OK, "in order" },
        { CA, LEAF, KEY, BACKUP, VERDICT_HEALTHY, SEVERITY_OK, "in order" },
        { CA_OLD, LEAF_OLD, KEY, NONE, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, "expired on 2024-09-17, 3 days ago" },
        { CA_OLD, NONE, NONE, NONE, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, "InternalCA expired" },
        { CA_89, LEAF_89, KEY, NONE, VERDICT_CA_EXPIRING, SEVERITY_WARNING, "in 89 days" },
        { CA_29, LEAF_29, KEY, NONE, VERDICT_CA_EXPIRING, SEVERITY_CRITICAL, "in 29 days" },
        { CA, LEAF_DEAD, KEY, NONE, VERDICT_LEAF_EXPIRED, SEVERITY_CRITICAL, "sftunnel-cert.pem expired" },
        { CA_FUTURE, LEAF, KEY, NONE, VERDICT_NOT_YET_VALID, SEVERITY_CRITICAL, "not valid before 2024-09-21" },
        { CA, LEAF_OLD, KEY, NONE, VERDICT_CA_MISMATCH, SEVERITY_CRITICAL, "different generations" },
        { CA_OLD, LEAF, KEY, NONE, VERDICT_CA_MISMATCH, SEVERITY_CRITICAL, "different generations" },
        { CA, LEAF_OTHER, KEY, NONE, VERDICT_UNKNOWN_CA, SEVERITY_CRITICAL, "of another CA" },
        { CA, LEAF_SHA1, KEY, NONE, VERDICT_WEAK_CERTIFICATE, SEVERITY_WARNING, "weaker" },
        { CA, LEAF_SMALL, NONE, NONE, VERDICT_WEAK_CERTIFICATE, SEVERITY_WARNING, "RSA 1024" },
        { CA_SMALL, NONE, NONE, NONE, VERDICT_WEAK_CERTIFICATE, SEVERITY_WARNING, "InternalCA is weaker" },
        { CA, LEAF, KEY_CA, NONE, VERDICT_KEY_MISMATCH, SEVERITY_CRITICAL, "is not the key of sftunnel-cert.pem" },
        { CA, LEAF, EMPTY, NONE, VERDICT_BAD_FILES, SEVERITY_CRITICAL, "sftunnel-key.pem is what it is" },
        { CA, LEAF, MISSING, NONE, VERDICT_BAD_FILES, SEVERITY_CRITICAL, "is missing" },
        { CA, LEAF, BAD_LINK, NONE, VERDICT_BAD_FILES, SEVERITY_CRITICAL, "sftunnel-key.pem is what it is" },
        { CA, LEAF, NO_RIGHT, NONE, VERDICT_BAD_FILES, SEVERITY_WARNING, "sftunnel-key.pem is what it is" },
        { CUT, LEAF, KEY, NONE, VERDICT_BAD_FILES, SEVERITY_CRITICAL, "cacert.pem" },
        { CA, FIFO, KEY, NONE, VERDICT_BAD_FILES, SEVERITY_CRITICAL, "sftunnel-cert.pem" },
        { CA, LEAF, KEY, ODD, VERDICT_BAD_FILES, SEVERITY_WARNING, "sftunnel-key.pem\\x01" },
        { CA_OLD, LEAF_OLD, EMPTY, NONE, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, "expired" },
        { CA_89, LEAF_89, EMPTY, NONE, VERDICT_BAD_FILES, SEVERITY_CRITICAL, "sftunnel-key.pem" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fresh(NULL);
        firewall(1, cases[i].ca, cases[i].cert, cases[i].key, cases[i].more);
        diagnose(&c, &d);
        const struct finding *f = finding(FMC, false);
        assert_int_equal(d.finding_count, 1);
        assert_int_equal(f->verdict, cases[i].verdict);
        assert_int_equal(f->severity, cases[i].severity);
        assert_int_equal(f->role, ROLE_FTD);
        assert_true(f->evidence_count > 0);
        assert_non_null(strstr(f->summary, cases[i].says));
        stale(NULL);
    }
    fresh(NULL);
}

static void thresholds_are_parameters(void **state)
{
    (void)state;
    c.warning_seconds = 400 * DAY;
    c.critical_seconds = 95 * DAY;
    firewall(1, CA_89, LEAF_89, KEY, NONE);
    diagnose(&c, &d);
    assert_int_equal(finding(FMC, false)->severity, SEVERITY_CRITICAL);
    stale(NULL);
    fresh(NULL);
    c.warning_seconds = 80 * DAY;
    firewall(1, CA_89, LEAF_89, KEY, NONE);
    diagnose(&c, &d);
    assert_int_equal(finding(FMC, false)->verdict, VERDICT_HEALTHY);
}

static void a_managers_own_files_and_its_peers(void **state)
{
    (void)state;
    manager(1, CA_OLD, LEAF_OLD, NONE);
    put(1, DISK_CRL, NULL, CRL_DEAD);
    diagnose(&c, &d);
    assert_int_equal(d.finding_count, 2);
    const struct finding *self = finding("", true), *peer = finding(FTD, false);
    assert_int_equal(self->verdict, VERDICT_CA_EXPIRED);
    assert_string_equal(self->ca_uuid, FMC);
    assert_null(self->uuid);
    assert_int_equal(self->evidence_count, 3);           /* and the list: of another CA, and expired */
    assert_int_equal(peer->verdict, VERDICT_CA_EXPIRED); /* it hangs on the same CA */
    assert_int_equal(peer->role, ROLE_FMC);
    assert_non_null(strstr(peer->evidence[0].text, "cacert.pem: notAfter 2024-09-17T02:40:00Z, title=InternalCA"));
    assert_non_null(strstr(peer->evidence[0].text, "sha256 "));
}

static void what_was_pushed_last_counts(void **state)
{
    (void)state;
    manager(1, CA, LEAF_OLD, LEAF);
    diagnose(&c, &d);
    assert_int_equal(finding(FTD, false)->verdict, VERDICT_HEALTHY);
    stale(NULL);
    fresh(NULL);
    manager(1, CA, LEAF_OLD, NONE);
    diagnose(&c, &d);
    assert_int_equal(finding(FTD, false)->verdict, VERDICT_CA_MISMATCH);
    assert_int_equal(finding(FTD, false)->confidence, CONFIDENCE_MEDIUM);
}

static void a_revocation_list(void **state)
{
    (void)state;
    static const struct {
        enum thing list;
        enum verdict_id self, peer;
        const char *says;
    } cases[] = {
        { CRL_GOOD, VERDICT_HEALTHY, VERDICT_HEALTHY, "in order" },
        { CRL_DEAD, VERDICT_REVOKED, VERDICT_HEALTHY, "has expired on 2024-09-20" },
        { CRL_FUTURE, VERDICT_REVOKED, VERDICT_HEALTHY, "it was made on 2024-09-21" },
        { CRL_OLD, VERDICT_REVOKED, VERDICT_HEALTHY, "is not signed by this CA" },
        { CRL_LISTS, VERDICT_HEALTHY, VERDICT_REVOKED, "in order" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fresh(NULL);
        manager(1, CA, NONE, LEAF);
        put(1, DISK_CRL, NULL, cases[i].list);
        diagnose(&c, &d);
        const struct finding *self = finding("", true), *peer = finding(FTD, false);
        assert_int_equal(self->verdict, cases[i].self);
        assert_int_equal(peer->verdict, cases[i].peer);
        assert_non_null(strstr(self->summary, cases[i].says));
        if (cases[i].peer == VERDICT_REVOKED) {
            assert_int_equal(peer->severity, SEVERITY_WARNING); /* that it is enforced nobody knows */
            assert_non_null(strstr(peer->summary, "is on the revocation list"));
        }
        if (cases[i].self == VERDICT_REVOKED) {
            assert_int_equal(self->severity, SEVERITY_WARNING);
            assert_int_equal(self->confidence, CONFIDENCE_LOW);
        }
        stale(NULL);
    }
    fresh(NULL);
}

/* A bundle of last month: the dates are held against the day on which it was made, and against today. */
static void an_old_bundle(void **state)
{
    (void)state;
    static const struct {
        int64_t collected;
        enum thing ca;
        enum verdict_id verdict;
        enum severity severity;
        enum confidence confidence;
        const char *says;
    } cases[] = {
        { NOW - 30 * DAY, CA_OLD, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM,
            "expired on 2024-09-17, 3 days ago; it was still valid when this was collected, on 2024-08-21" },
        { NOW - 2 * DAY, CA_OLD, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH,
            "it had expired already when this was collected, on 2024-09-18" },
        { NOW - 60, CA_OLD, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "3 days ago" },
        { NOW + DAY, CA_OLD, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "3 days ago" }, /* of no use */
        { NOW - 3001 * DAY, CA, VERDICT_NOT_YET_VALID, SEVERITY_WARNING, CONFIDENCE_MEDIUM,
            "when this was collected, on 2016-07-03, it was not yet valid; now it is" },
        { NOW - 30 * DAY, CA, VERDICT_HEALTHY, SEVERITY_OK, CONFIDENCE_MEDIUM, "in order" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fresh(NULL);
        manager(1, cases[i].ca, NONE, NONE);
        c.sources[0].written = NOW - 900 * DAY; /* ims.conf is of whatever day */
        uint32_t output = casefile_source(&c, "show managers", SOURCE_STATUS, 1);
        c.sources[output].written = cases[i].collected;
        diagnose(&c, &d);
        const struct finding *self = finding("", true);
        assert_int_equal(self->verdict, cases[i].verdict);
        assert_int_equal(self->severity, cases[i].severity);
        assert_int_equal(self->confidence, cases[i].confidence);
        assert_non_null(strstr(self->summary, cases[i].says));
        if (cases[i].collected > NOW - DAY)
            assert_null(strstr(self->summary, "collected"));
        stale(NULL);
    }
    fresh(NULL);
}

/* ---- both ends ---- */

static void the_two_ends_of_one_tunnel(void **state)
{
    (void)state;
    static const struct {
        enum thing fmc_ca, issued, ca, cert;
        enum verdict_id ftd, fmc;
    } cases[] = {
        { CA, LEAF, CA, LEAF, VERDICT_HEALTHY, VERDICT_HEALTHY },
        { CA, LEAF, CA_OLD, LEAF_OLD, VERDICT_CA_MISMATCH, VERDICT_CA_MISMATCH }, /* expired, and yet: push */
        { CA_NEXT, NONE, CA, LEAF, VERDICT_CA_MISMATCH, VERDICT_COUNT },
        { CA, LEAF_AGAIN, CA, LEAF, VERDICT_PUSH_INCOMPLETE, VERDICT_PUSH_INCOMPLETE },
        { CA_OLD, LEAF_OLD, CA_OLD, LEAF_OLD, VERDICT_CA_EXPIRED, VERDICT_CA_EXPIRED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int swapped = 0; swapped < 2; swapped++) {
            fresh(NULL);
            if (swapped)
                firewall(1, cases[i].ca, cases[i].cert, KEY, NONE);
            manager(swapped ? 2 : 1, cases[i].fmc_ca, NONE, cases[i].issued);
            if (!swapped)
                firewall(2, cases[i].ca, cases[i].cert, KEY, NONE);
            diagnose(&c, &d);
            assert_int_equal(finding(FMC, false)->verdict, cases[i].ftd);
            assert_int_equal(finding(FTD, false)->verdict, cases[i].fmc);
            stale(NULL);
        }
    fresh(NULL);
}

/* The FMC's folder of the peer still has what was issued before the regeneration; the peer itself has the new set. */
static void an_old_copy_on_the_manager(void **state)
{
    (void)state;
    static const struct {
        enum thing held;
        enum verdict_id ftd, fmc;
    } cases[] = {
        { LEAF, VERDICT_HEALTHY, VERDICT_HEALTHY },
        { LEAF_OLD, VERDICT_CA_MISMATCH, VERDICT_CA_MISMATCH },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fresh(NULL);
        manager(1, CA, LEAF_OLD, NONE);
        put(1, DISK_PEER_KEY, FTD, KEY);
        firewall(2, CA, cases[i].held, KEY, NONE);
        diagnose(&c, &d);
        assert_int_equal(finding(FMC, false)->verdict, cases[i].ftd);
        assert_int_equal(finding(FTD, false)->verdict, cases[i].fmc);
        stale(NULL);
    }
    fresh(NULL);
}

static void beside_a_status_output(void **state)
{
    (void)state;
    static const struct {
        enum thing ca, cert, key;
        bool up;
        enum verdict_id verdict;
        enum severity severity;
    } cases[] = {
        { CA, LEAF, KEY, true, VERDICT_HEALTHY, SEVERITY_OK },
        { CA_OLD, LEAF_OLD, KEY, true, VERDICT_AT_RISK, SEVERITY_CRITICAL },
        { CA, LEAF_OLD, KEY, true, VERDICT_AT_RISK, SEVERITY_CRITICAL },
        { CA, LEAF, KEY_CA, true, VERDICT_AT_RISK, SEVERITY_CRITICAL },
        { CA, LEAF_DEAD, KEY, true, VERDICT_AT_RISK, SEVERITY_CRITICAL },
        { CA_29, LEAF_29, KEY, true, VERDICT_CA_EXPIRING, SEVERITY_CRITICAL },
        { CA_89, LEAF_89, KEY, true, VERDICT_CA_EXPIRING, SEVERITY_WARNING },
        { CA_OLD, LEAF_OLD, KEY, false, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL },
        { CA, LEAF, KEY, false, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fresh(NULL);
        firewall(1, cases[i].ca, cases[i].cert, cases[i].key, NONE);
        status(1, FMC, cases[i].up);
        diagnose(&c, &d);
        const struct finding *f = finding(FMC, false);
        assert_int_equal(d.finding_count, 1); /* one peer, one finding */
        assert_int_equal(f->verdict, cases[i].verdict);
        assert_int_equal(f->severity, cases[i].severity);
        assert_int_equal(d.at_risk, cases[i].verdict == VERDICT_AT_RISK);
        stale(NULL);
    }
    fresh(NULL);
}

/* The CA of an FMC that has expired is a risk for each peer that is up, whether it has a folder or not. */
static void a_peer_without_files_hangs_on_the_managers_ca(void **state)
{
    (void)state;
    manager(1, CA_OLD, NONE, NONE);
    status(1, "10.1.1.1", true);
    status(1, "10.1.1.2", false);
    diagnose(&c, &d);
    size_t risk = 0, down = 0;
    for (size_t i = 0; i < d.finding_count; i++) {
        risk += d.findings[i].verdict == VERDICT_AT_RISK && strcmp(d.findings[i].address, "10.1.1.1") == 0;
        down += d.findings[i].verdict == VERDICT_CA_EXPIRED && strcmp(d.findings[i].address, "10.1.1.2") == 0;
    }
    assert_int_equal(risk, 1);
    assert_int_equal(down, 1);
    assert_int_equal(d.finding_count, 3);
}

/* ---- loose files ---- */

static void loose_files_are_held_against_one_another(void **state)
{
    (void)state;
    put(UNIT_NONE, DISK_LOOSE, NULL, CA_NEXT);
    put(UNIT_NONE, DISK_LOOSE, NULL, CA);
    put(UNIT_NONE, DISK_LOOSE, NULL, LEAF);
    put(UNIT_NONE, DISK_LOOSE, NULL, KEY_CA);
    diagnose(&c, &d);
    assert_int_equal(d.finding_count, 3);
    size_t mismatch = 0, good = 0;
    for (size_t i = 0; i < d.finding_count; i++) {
        mismatch += d.findings[i].verdict == VERDICT_KEY_MISMATCH;
        good += d.findings[i].verdict == VERDICT_HEALTHY;
    }
    assert_int_equal(mismatch, 1);
    assert_int_equal(good, 2);
    stale(NULL);
    fresh(NULL);
    put(UNIT_NONE, DISK_LOOSE, NULL, CUT);
    diagnose(&c, &d);
    assert_int_equal(d.finding_count, 1);
    assert_int_equal(d.findings[0].verdict, VERDICT_BAD_FILES);
}

/* Of an FTD's three files, and another peer's beside them. */
static void owner_and_mode(void **state)
{
    (void)state;
    static const struct {
        uint32_t uid[4], mode[4];
        const char *says; /* NULL: nothing */
    } cases[] = {
        { { 0, 0, 0, 0 }, { 0644, 0644, 0644, 0644 }, NULL },
        { { 0, 0, 0, 0 }, { 0640, 0644, 0600, 0664 }, NULL },             /* not known to be wrong */
        { { 1000, 1000, 1000, 1000 }, { 0644, 0644, 0644, 0644 }, NULL }, /* somebody's copy */
        { { 0, 0, 0, 0 }, { 0777, 0777, 0777, 0777 }, NULL },             /* nor has this file system any */
        { { 0, 0, 1000, 0 }, { 0644, 0644, 0644, 0644 }, "sftunnel-key.pem belongs to uid 1000" },
        { { 1000, 1000, 1000, 0 }, { 0644, 0644, 0644, 0644 }, "cacert.pem belongs to uid 1000" },
        { { 0, 0, 0, 0 }, { 0644, 0644, 0666, 0644 }, "sftunnel-key.pem can be changed by every user (mode 0666" },
        { { 1000, 1000, 1000, 1000 }, { 0644, 0644, 0666, 0644 }, "sftunnel-key.pem can be changed" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int known = 0; known < 2; known++) {
            fresh(NULL);
            firewall(1, CA, LEAF, KEY, NONE);
            put(1, DISK_PEER_CA, "8d1a7f4a-e5a5-11ed-a56c-0988856d1c7e", CA_OTHER);
            assert_int_equal(c.disk_count, 4);
            for (size_t k = 0; k < 4; k++) {
                c.disks[k].owner_known = known;
                c.disks[k].uid = cases[i].uid[k];
                c.disks[k].mode = cases[i].mode[k];
            }
            diagnose(&c, &d);
            const struct finding *f = finding(FMC, false);
            assert_int_equal(f->verdict, known && cases[i].says ? VERDICT_BAD_FILES : VERDICT_HEALTHY);
            if (known && cases[i].says) {
                assert_int_equal(f->severity, SEVERITY_WARNING);
                assert_non_null(strstr(f->summary, cases[i].says));
            }
            stale(NULL);
        }
    fresh(NULL);
}

static void a_loose_list_and_its_ca(void **state)
{
    (void)state;
    static const struct {
        enum thing list, ca, other;
        bool fault;
    } cases[] = {
        { CRL_GOOD, CA, NONE, false }, { CRL_GOOD, CA_OLD, NONE, true }, /* the same name, another key */
        { CRL_OLD, CA, NONE, true }, { CRL_OLD, CA, CA_OLD, false },     /* one of both is its own */
        { CRL_GOOD, CA_OTHER, LEAF, false },                             /* its CA is not there */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fresh(NULL);
        put(UNIT_NONE, DISK_LOOSE, NULL, cases[i].list);
        put(UNIT_NONE, DISK_LOOSE, NULL, cases[i].ca);
        put(UNIT_NONE, DISK_LOOSE, NULL, cases[i].other);
        diagnose(&c, &d);
        size_t faults = 0;
        for (size_t k = 0; k < d.finding_count; k++) {
            faults += d.findings[k].verdict == VERDICT_REVOKED;
            if (d.findings[k].verdict == VERDICT_REVOKED)
                assert_non_null(strstr(d.findings[k].summary, "the revocation list is not signed by this CA"));
        }
        assert_int_equal(faults, cases[i].fault);
        stale(NULL);
    }
    fresh(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, stale)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_firewalls_set_for_each_verdict),
        TEST(thresholds_are_parameters),
        TEST(a_managers_own_files_and_its_peers),
        TEST(what_was_pushed_last_counts),
        TEST(a_revocation_list),
        TEST(an_old_bundle),
        TEST(the_two_ends_of_one_tunnel),
        TEST(an_old_copy_on_the_manager),
        TEST(beside_a_status_output),
        TEST(a_peer_without_files_hangs_on_the_managers_ca),
        TEST(loose_files_are_held_against_one_another),
        TEST(owner_and_mode),
        TEST(a_loose_list_and_its_ca),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
