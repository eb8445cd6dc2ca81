/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "agent/report/prom.h"

#include "agent/diagnosis/diskjudge.h"
#include "agent/report/formats.h"
#include "agent/report/promtext.h"
#include "base/mem.h"

#include <stdlib.h>

#define SERIAL_DIGITS 512 /* of a serial number in decimal; a longer one is left as it is */

/* Whose series it is. */
struct who {
    const char *observer, *fmc, *peer, *uuid; /* any may be NULL */
};

struct prom {
    FILE *out;
    const struct casefile *c;
    const struct diagnosis *d;
    const struct finding **of; /* by set: the finding about it; NULL */
    struct promtext t;
};

static void metric(struct prom *p, const char *name, const char *help)
{
    promtext_metric(&p->t, name, "gauge", help);
}

static void put_label(struct prom *p, const char *name, const char *value)
{
    promtext_label(&p->t, name, value);
}

static void sample(struct prom *p, const char *name, int64_t value)
{
    promtext_sample(&p->t, name, value);
    report_put(p->out, &p->t.b);
}

/* ---- whose it is ---- */

static const char *first_of(const char *a, const char *b)
{
    return a && a[0] ? a : b;
}

static const char *text_of(struct slice s) /* those of sets are whole strings */
{
    return s.n ? s.p : NULL;
}

static void put_who(struct prom *p, const struct who *w)
{
    put_label(p, "observer", w->observer);
    put_label(p, "fmc", w->fmc);
    put_label(p, "peer", w->peer);
    put_label(p, "peer_uuid", w->uuid);
}

static struct who who_of_finding(const struct finding *f)
{
    const struct disk_set *s = f->disk ? f->disk : f->own;
    const char *appliance = s ? text_of(s->uuid) : NULL;
    return (struct who){
        .observer = first_of(f->host, appliance),
        .fmc = f->role == ROLE_FMC ? first_of(appliance, f->ca_uuid) : first_of(f->ca_uuid, f->uuid),
        .peer = f->self ? NULL : first_of(first_of(f->name, f->address), f->uuid),
        .uuid = f->uuid,
    };
}

static struct who who_of_set(const struct prom *p, const struct disk_set *s)
{
    const struct finding *f = p->of[s - p->d->disk->all];
    if (f)
        return who_of_finding(f);
    const char *appliance = text_of(s->uuid), *peer = text_of(s->peer);
    return (
        struct who){ .observer = appliance, .fmc = s->role == ROLE_FMC ? appliance : peer, .peer = peer, .uuid = peer };
}

/* ---- certificates ---- */

/* "CN=" of a DN as struct cert has it: values are parted by ", ", and a comma in one has a backslash. */
static void put_cn(struct prom *p, const char *label, const char *dn)
{
    struct buf cn = { 0 };
    const char *at = strncmp(dn, "CN=", 3) == 0 ? dn : strstr(dn, ", CN=");
    for (at = at ? strchr(at, '=') + 1 : ""; *at && *at != ','; at++) {
        if (*at == '\\' && at[1])
            at++;
        buf_putc(&cn, *at);
    }
    put_label(p, label, cn.p);
    buf_clear(&cn);
}

/* Decimal, as other exporters have it. */
static void put_serial(struct prom *p, const char *hex)
{
    unsigned char digits[SERIAL_DIGITS] = { 0 };
    char text[SERIAL_DIGITS + 1];
    size_t n = 1;
    for (const char *h = hex; *h; h++) {
        unsigned carry = (unsigned)(*h <= '9' ? *h - '0' : (*h | 0x20) - 'a' + 10);
        for (size_t i = 0; i < n; i++) {
            carry += digits[i] * 16U;
            digits[i] = (unsigned char)(carry % 10);
            carry /= 10;
        }
        for (; carry && n < SERIAL_DIGITS; carry /= 10)
            digits[n++] = (unsigned char)(carry % 10);
        if (n == SERIAL_DIGITS) {
            put_label(p, "serial_number", hex);
            return;
        }
    }
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('0' + digits[n - 1 - i]);
    text[n] = '\0';
    put_label(p, "serial_number", text);
}

static void put_cert(struct prom *p, const char *name, uint32_t number, const struct who *w, const char *path)
{
    const struct cert *x = number < certs_count(p->c->certs) ? certs_get(p->c->certs, number) : NULL;
    bool after = name[sizeof "x509_cert_not_" - 1] == 'a';
    int64_t when = !x || x->unreadable ? CERT_TIME_NONE : after ? x->not_after : x->not_before;
    if (when == CERT_TIME_NONE)
        return;
    struct buf hash = { 0 };
    cert_print_hash(&hash, x->sha256);
    hash.p[2 * PROM_FINGERPRINT] = '\0';
    put_who(p, w);
    put_label(p, "role", x->internal_ca || x->self_issued ? "internal_ca" : "leaf");
    put_cn(p, "subject_CN", x->subject);
    put_cn(p, "issuer_CN", x->issuer);
    put_serial(p, x->serial);
    put_label(p, "fingerprint", hash.p);
    put_label(p, "filepath", path);
    sample(p, name, when);
    buf_clear(&hash);
}

static const char *path_of(const struct prom *p, const struct disk_fact *f)
{
    return f->source < p->c->source_count ? p->c->sources[f->source].path : f->path;
}

static void certificates(struct prom *p, const char *name, const char *help)
{
    metric(p, name, help);
    for (size_t i = 0; i < p->d->disk->count; i++) {
        const struct disk_set *s = &p->d->disk->all[i];
        struct who w = who_of_set(p, s);
        for (size_t k = s->from; k < s->from + s->count; k++)
            put_cert(p, name, p->d->disk->order[k]->certificate, &w, path_of(p, p->d->disk->order[k]));
    }
    for (size_t i = 0; i < p->c->wire_count; i++) {
        const struct wire *wire = &p->c->wires[i];
        const struct wire_side *server = &wire->side[SIDE_SERVER];
        if (!wire->probe || wire->finding >= p->d->finding_count)
            continue;
        struct who w = who_of_finding(&p->d->findings[wire->finding]);
        for (size_t k = 0; k < server->chain_count; k++)
            put_cert(p, name, server->chain[k], &w, p->c->sources[wire->source].path);
    }
}

/* What is no certificate that can be read is a series, too, not silence. */
static void bad_files(struct prom *p)
{
    metric(p, "x509_cert_error", "1: this file is missing, or can't be used.");
    for (size_t i = 0; i < p->d->disk->count; i++) {
        const struct disk_set *s = &p->d->disk->all[i];
        struct who w = who_of_set(p, s);
        for (size_t k = s->from; k < s->from + s->count; k++) {
            const struct disk_fact *f = p->d->disk->order[k];
            if (f->state == DISK_READ)
                continue;
            put_who(p, &w);
            put_label(p, "reason", disk_state_name(f->state));
            put_label(p, "filepath", path_of(p, f));
            sample(p, "x509_cert_error", 1);
        }
    }
}

static void revocation(struct prom *p)
{
    metric(p, "x509_crl_next_update", "nextUpdate of this revocation list, Unix seconds.");
    for (size_t i = 0; i < p->c->disk_count; i++) {
        if (!p->c->disks[i].crl || !p->c->disks[i].crl_next)
            continue;
        put_label(p, "filepath", path_of(p, &p->c->disks[i]));
        sample(p, "x509_crl_next_update", p->c->disks[i].crl_next);
    }
}

static bool inconsistent(const struct disk_set *s)
{
    for (size_t i = 0; i < s->fault_count; i++)
        switch (s->faults[i].reason) {
        case DISK_CA_DIFFERS:
        case DISK_NOT_SIGNED:
        case DISK_OTHER_CA:
        case DISK_KEY_DIFFERS: return true;
        case DISK_CA_EXPIRED:
        case DISK_BAD:
        case DISK_CERT_EXPIRED:
        case DISK_NOT_YET:
        case DISK_SET_DIFFERS:
        case DISK_WEAK:
        case DISK_REVOKED:
        case DISK_CRL_OTHER:
        case DISK_CRL_NOT_YET:
        case DISK_CRL_EXPIRED:
        case DISK_EXPIRING:
        case DISK_OWNER:
        case DISK_MODE:
        case DISK_STRAY_NAME:
        case DISK_REASONS: break;
        }
    return false;
}

static void consistency(struct prom *p)
{
    metric(p, "sftunnel_certset_consistent",
        "1: the certificate is signed by the CA that lies beside it, by signature, and the key is its own.");
    for (size_t i = 0; i < p->d->disk->count; i++) {
        const struct disk_set *s = &p->d->disk->all[i];
        if (!s->cert || !(s->ca || s->key))
            continue;
        struct who w = who_of_set(p, s);
        put_who(p, &w);
        sample(p, "sftunnel_certset_consistent", !inconsistent(s));
    }
}

/* ---- peers ---- */

static void tunnels(struct prom *p)
{
    metric(p, "sftunnel_peer_up",
        "1: this channel of the tunnel with the peer is up; no series when nothing says so or not.");
    for (size_t i = 0; i < p->d->finding_count; i++) {
        const struct finding *f = &p->d->findings[i];
        if (f->tunnel == TUNNEL_UNKNOWN)
            continue;
        struct who w = who_of_finding(f);
        put_who(p, &w);
        put_label(p, "channel", "control");
        sample(p, "sftunnel_peer_up", f->tunnel == TUNNEL_UP);
        if (f->events == TUNNEL_UNKNOWN)
            continue;
        put_who(p, &w);
        put_label(p, "channel", "event");
        sample(p, "sftunnel_peer_up", f->events == TUNNEL_UP);
    }
}

static void verdicts(struct prom *p)
{
    metric(p, "sftunnel_verdict", "1: the present verdict on this peer, or on the appliance's own files.");
    for (size_t i = 0; i < p->d->finding_count; i++) {
        const struct finding *f = &p->d->findings[i];
        struct who w = who_of_finding(f);
        put_who(p, &w);
        put_label(p, "verdict", verdict_info(f->verdict)->name);
        put_label(p, "severity", severity_name(f->severity));
        sample(p, "sftunnel_verdict", 1);
    }
}

/* ---- the agent itself ---- */

static bool small_part(enum source_kind k) /* of many: their own metrics tell of each */
{
    return k == SOURCE_CERTIFICATE || k == SOURCE_TUNNEL_CONF;
}

static void itself(struct prom *p)
{
    metric(p, "sftunnel_agent_source_up", "1: this was read; 0: it could not be, or not to its end.");
    for (size_t i = 0; i < p->c->problem_count; i++) {
        put_label(p, "source", p->c->problems[i].path);
        sample(p, "sftunnel_agent_source_up", 0);
    }
    for (size_t i = 0; i < p->c->source_count; i++) {
        if (small_part(p->c->sources[i].kind))
            continue;
        put_label(p, "source", p->c->sources[i].path);
        sample(p, "sftunnel_agent_source_up", !p->c->sources[i].partial);
    }
    metric(p, "sftunnel_agent_problems", "What could not be read.");
    sample(p, "sftunnel_agent_problems", (int64_t)p->c->problem_count);
    metric(p, "sftunnel_agent_last_scan_timestamp_seconds", "When this was looked at, Unix seconds.");
    sample(p, "sftunnel_agent_last_scan_timestamp_seconds", p->c->now);
    metric(p, "sftunnel_agent_build_info", "1; the version is a label.");
    put_label(p, "version", PACKAGE_VERSION);
    sample(p, "sftunnel_agent_build_info", 1);
}

static void find_findings(struct prom *p)
{
    p->of = mem_zalloc(p->d->disk->count, sizeof *p->of);
    for (size_t i = p->d->finding_count; i-- > 0;) {
        const struct finding *f = &p->d->findings[i];
        if (f->disk)
            p->of[f->disk - p->d->disk->all] = f;
    }
}

enum err_code prom_render(
    FILE *out, const struct casefile *c, const struct diagnosis *d, const struct report_style *style, struct err *e)
{
    static struct disk_sets none;
    struct diagnosis all = *d;
    struct prom p = { .out = out, .c = c, .d = &all };
    (void)style;
    if (!all.disk)
        all.disk = &none;
    find_findings(&p);
    certificates(&p, "x509_cert_not_after", "When this certificate ends, Unix seconds.");
    certificates(&p, "x509_cert_not_before", "When this certificate begins, Unix seconds.");
    bad_files(&p);
    revocation(&p);
    consistency(&p);
    tunnels(&p);
    verdicts(&p);
    itself(&p);
    promtext_clear(&p.t);
    free(p.of);
    return report_written(out, e);
}
