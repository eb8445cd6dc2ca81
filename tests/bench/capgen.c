/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures of real TLS handshakes: this OpenSSL at both ends, in memory, with frames written around the bytes. For the
 * tests each way in which sftunnel's certificates fail; for the benchmark as much of them as is asked for.
 */
#include "tests/bench/capgen.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FMC 0x0a3130e8u /* 10.49.48.232 */
#define FTD 0x0a313017u

/* ---- certificates ---- */

void world_make(struct world *w, int64_t now)
{
    struct validity good = { now - 1000 * PKI_DAY, now + 2650 * PKI_DAY },
                    old = { now - 3653 * PKI_DAY, now - 3 * PKI_DAY };
    struct validity late = { now - 1000 * PKI_DAY, now - PKI_DAY }, early = { now + 2 * PKI_DAY, now + 3000 * PKI_DAY };
    /* what is kept as a file in tests/golden must not expire */
    struct validity ages = { now - 1000 * PKI_DAY, now + 20000 * PKI_DAY };
    struct validity fresh = { now - PKI_DAY, now + 3649 * PKI_DAY };
    w->now = now;
    w->ca = pki_ca(PKI_UUID_FMC, good, false);
    w->fmc = pki_leaf(&w->ca, PKI_UUID_FMC, good, 1);
    w->ftd = pki_leaf(&w->ca, PKI_UUID_FTD, good, 2);
    w->fmc_late = pki_leaf(&w->ca, PKI_UUID_FMC, late, 1);
    w->fmc_early = pki_leaf(&w->ca, PKI_UUID_FMC, early, 1);
    w->old_ca = pki_ca(PKI_UUID_FMC, old, true);
    w->old_fmc = pki_leaf(&w->old_ca, PKI_UUID_FMC, ages, 1);
    w->old_ftd = pki_leaf(&w->old_ca, PKI_UUID_FTD, ages, 2);
    w->other_ca = pki_ca(PKI_UUID_OTHER, good, false);
    w->other_ftd = pki_leaf(&w->other_ca, PKI_UUID_FTD, good, 2);
    w->first_ca = pki_ca(PKI_UUID_FMC, good, true);
    w->first_ftd = pki_leaf(&w->first_ca, PKI_UUID_FTD, good, 2);
    w->second_ca = pki_ca(PKI_UUID_FMC, fresh, true);
    w->second_fmc = pki_leaf(&w->second_ca, PKI_UUID_FMC, fresh, 1);
}

void world_clear(struct world *w)
{
    struct identity *all[] = { &w->ca, &w->fmc, &w->ftd, &w->fmc_late, &w->fmc_early, &w->old_ca, &w->old_fmc,
        &w->old_ftd, &w->other_ca, &w->other_ftd, &w->first_ca, &w->first_ftd, &w->second_ca, &w->second_fmc };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pki_clear(all[i]);
}

void world_set(const struct world *w, enum fault fault, struct dialogue *d)
{
    struct peer *client = &d->peer[0], *server = &d->peer[1];
    d->now = w->now;
    *client = (struct peer){ &w->ftd, w->ca.cert, w->ca.cert };
    *server = (struct peer){ &w->fmc, w->ca.cert, w->ca.cert };
    switch (fault) {
    case FAULT_NONE:
    case FAULTS: break;
    case FAULT_CA_EXPIRED:
        *client = (struct peer){ &w->old_ftd, w->old_ca.cert, w->old_ca.cert };
        *server = (struct peer){ &w->old_fmc, w->old_ca.cert, w->old_ca.cert };
        break;
    case FAULT_LEAF_EXPIRED: server->id = &w->fmc_late; break;
    case FAULT_NOT_YET_VALID: server->id = &w->fmc_early; break;
    case FAULT_OTHER_CA: *client = (struct peer){ &w->other_ftd, w->other_ca.cert, w->other_ca.cert }; break;
    case FAULT_OTHER_CLIENT: *client = (struct peer){ &w->other_ftd, w->other_ca.cert, w->ca.cert }; break;
    case FAULT_REGENERATED:
        *client = (struct peer){ &w->first_ftd, w->first_ca.cert, w->first_ca.cert };
        *server = (struct peer){ &w->second_fmc, w->second_ca.cert, w->second_ca.cert };
        break;
    case FAULT_HALF_PUSHED:
        *client = (struct peer){ &w->first_ftd, w->second_ca.cert, w->second_ca.cert };
        *server = (struct peer){ &w->second_fmc, w->second_ca.cert, w->second_ca.cert };
        break;
    case FAULT_NO_CLIENT: client->id = NULL; break;
    }
}

/* ---- the cases of the tests ---- */

enum shape { SHAPE_TLS, SHAPE_RESUMED, SHAPE_REFUSED, SHAPE_SYN_ONLY, SHAPE_PLAIN };

static const struct {
    const char *name;
    enum shape shape;
    enum fault fault;
    int version; /* 0: TLS 1.2 */
    struct dialogue how;
    struct tap tap;
    unsigned mss; /* 0: 1460 */
    bool six;
    bool server_closes;
} cases[] = {
    { "good", .how = { .application_data = true } },
    { "ca-expired", .fault = FAULT_CA_EXPIRED },
    { "leaf-expired", .fault = FAULT_LEAF_EXPIRED },
    { "not-yet-valid", .fault = FAULT_NOT_YET_VALID },
    { "other-ca", .fault = FAULT_OTHER_CA },
    { "other-client", .fault = FAULT_OTHER_CLIENT },
    { "regenerated", .fault = FAULT_REGENERATED },
    { "half-pushed", .fault = FAULT_HALF_PUSHED },
    { "no-client-certificate", .fault = FAULT_NO_CLIENT },
    { "no-client-certificate-taken", .fault = FAULT_NO_CLIENT, .how = { .optional = true } },
    { "resumed-ticket", .shape = SHAPE_RESUMED, .how = { .tickets = true } },
    { "resumed-id", .shape = SHAPE_RESUMED },
    { "renegotiation", .how = { .renegotiate = true } },
    { "tls10", .version = TLS1_VERSION },
    { "tls11", .version = TLS1_1_VERSION },
    { "tls13", .version = TLS1_3_VERSION, .how = { .application_data = true } },
    { "tls13-ca-expired", .version = TLS1_3_VERSION, .fault = FAULT_CA_EXPIRED },
    { "tls13-pha", .version = TLS1_3_VERSION, .how = { .pha_offered = true, .pha_asked = true } },
    { "tls13-pha-missing", .version = TLS1_3_VERSION, .how = { .pha_asked = true }, .server_closes = true },
    { "tls13-pha-refused", .version = TLS1_3_VERSION, .fault = FAULT_OTHER_CLIENT,
        .how = { .pha_offered = true, .pha_asked = true }, .server_closes = true },
    { "tls13-pha-no-certificate", .version = TLS1_3_VERSION, .fault = FAULT_NO_CLIENT,
        .how = { .pha_offered = true, .pha_asked = true }, .server_closes = true },
    { "tls13-client-refused", .version = TLS1_3_VERSION, .fault = FAULT_OTHER_CLIENT, .server_closes = true },
    { "tls13-probe", .version = TLS1_3_VERSION, .fault = FAULT_NO_CLIENT, .how = { .optional = true } },
    { "tls13-server-leaves", .version = TLS1_3_VERSION, .fault = FAULT_NO_CLIENT,
        .how = { .optional = true, .application_data = true, .server_leaves = true }, .server_closes = true },
    { "tls13-resumed", .shape = SHAPE_RESUMED, .version = TLS1_3_VERSION,
        .how = { .tickets = true, .application_data = true } },
    { "tls10-ca-expired", .version = TLS1_VERSION, .fault = FAULT_CA_EXPIRED },
    { "small-mtu", .fault = FAULT_CA_EXPIRED, .mss = 36 },
    { "super-segments", .fault = FAULT_CA_EXPIRED, .mss = 60000 },
    { "vlan", .fault = FAULT_CA_EXPIRED, .tap = { .tags = 1 } },
    { "qinq", .fault = FAULT_CA_EXPIRED, .tap = { .tags = 2 } },
    { "ipv6", .fault = FAULT_CA_EXPIRED, .six = true },
    { "sll", .fault = FAULT_CA_EXPIRED, .tap = { .link = TAP_SLL } },
    { "sll2", .fault = FAULT_CA_EXPIRED, .tap = { .link = TAP_SLL2 } },
    { "sll2-vlan", .fault = FAULT_CA_EXPIRED, .tap = { .link = TAP_SLL2, .tags = 1 } },
    { "raw-ipv6", .fault = FAULT_CA_EXPIRED, .tap = { .link = TAP_RAW }, .six = true },
    { "pcapng", .fault = FAULT_CA_EXPIRED, .tap = { .ng = true } },
    { "big-endian", .fault = FAULT_CA_EXPIRED, .tap = { .big = true } },
    { "snapped", .fault = FAULT_CA_EXPIRED, .tap = { .snap = 96 } },
    { "refused", .shape = SHAPE_REFUSED },
    { "syn-only", .shape = SHAPE_SYN_ONLY },
    { "not-tls", .shape = SHAPE_PLAIN },
};

static void print_chain(FILE *out, const char *key, const struct peer *p, bool sent)
{
    char hash[65];
    fprintf(out, "\"%s\":[", key);
    if (sent && p->id) {
        pki_hash(p->id->cert, hash);
        fprintf(out, "\"%s\"", hash);
    }
    if (sent && p->id && p->behind) {
        pki_hash(p->behind, hash);
        fprintf(out, ",\"%s\"", hash);
    }
    fputs("]", out);
}

static void print_talk(FILE *out, const struct dialogue *d, const struct talk *t)
{
    fputs("{", out);
    print_chain(out, "client_chain", &d->peer[0], t->certificate[0]);
    fputs(",", out);
    print_chain(out, "server_chain", &d->peer[1], t->certificate[1]);
    fprintf(out, ",\"done\":%s,\"resumed\":%s}", t->done ? "true" : "false", t->resumed ? "true" : "false");
}

static void write_talk(struct tap *tap, struct flow *f, const struct talk *t, bool server_closes)
{
    flow_open(tap, f);
    for (size_t i = 0; i < t->count; i++)
        flow_data(tap, f, t->flights[i].from_server, t->flights[i].p, t->flights[i].n);
    flow_close(tap, f, server_closes);
}

static void no_tls(struct tap *tap, struct flow *f, enum shape shape)
{
    static const unsigned char hello[] = "HELLO, this is no TLS\r\n";
    flow_segment(tap, f, 0, FLOW_SYN, NULL, 0);
    if (shape == SHAPE_REFUSED) {
        flow_segment(tap, f, 1, FLOW_RST | FLOW_ACK, NULL, 0);
    } else if (shape == SHAPE_PLAIN) {
        flow_segment(tap, f, 1, FLOW_SYN | FLOW_ACK, NULL, 0);
        flow_segment(tap, f, 0, FLOW_ACK, NULL, 0);
        flow_data(tap, f, 0, hello, sizeof hello - 1);
        flow_data(tap, f, 1, hello, sizeof hello - 1);
        flow_close(tap, f, false);
    } else {
        f->seq[0]--;
        flow_segment(tap, f, 0, FLOW_SYN, NULL, 0);
    }
}

static void flow_of_case(struct flow *f, size_t i, uint16_t port)
{
    if (cases[i].six)
        flow_v6(f, 0x23, 0x232, port);
    else
        flow_v4(f, FTD, FMC, port);
    if (cases[i].mss)
        f->mss = cases[i].mss;
}

static FILE *create(const char *dir, const char *name, const char *end)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", dir, name, end);
    FILE *f = fopen(path, "wb");
    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

static void write_case(const struct world *w, size_t i, const char *dir, FILE *truth)
{
    struct dialogue d = cases[i].how;
    struct dialogue_contexts contexts;
    struct tap tap = cases[i].tap;
    struct flow f;
    tap.out = create(dir, cases[i].name, ".pcap");
    tap.ns = w->now * 1000000000 + 123456000;
    tap.step_ns = 1000000;
    tap_begin(&tap);
    d.version = cases[i].version ? cases[i].version : TLS1_2_VERSION;
    world_set(w, cases[i].fault, &d);
    dialogue_open(&contexts, &d);
    fprintf(truth, "{\"case\":\"%s\",\"connections\":[", cases[i].name);
    for (int turn = 0; turn < (cases[i].shape == SHAPE_RESUMED ? 2 : 1); turn++) {
        struct talk talk = { 0 };
        flow_of_case(&f, i, (uint16_t)(49765 + turn));
        if (cases[i].shape == SHAPE_TLS || cases[i].shape == SHAPE_RESUMED) {
            dialogue_talk(&contexts, &d, &talk);
            write_talk(&tap, &f, &talk, cases[i].server_closes);
        } else {
            no_tls(&tap, &f, cases[i].shape);
        }
        fputs(turn ? "," : "", truth);
        print_talk(truth, &d, &talk);
        talk_clear(&talk);
    }
    fputs("]}\n", truth);
    dialogue_close(&contexts);
    fclose(tap.out);
}

static void write_pem(const char *dir, const char *name, const struct identity *id, X509 *behind)
{
    FILE *f = create(dir, name, ".pem");
    PEM_write_X509(f, id->cert);
    if (behind)
        PEM_write_X509(f, behind);
    fclose(f);
    f = create(dir, name, ".key");
    PEM_write_PrivateKey(f, id->key, NULL, NULL, 0, NULL, NULL);
    fclose(f);
}

static void write_pki(const struct world *w, const char *dir)
{
    write_pem(dir, "ca", &w->ca, NULL);
    write_pem(dir, "fmc", &w->fmc, w->ca.cert);
    write_pem(dir, "ftd", &w->ftd, w->ca.cert);
    write_pem(dir, "old-ca", &w->old_ca, NULL);
    write_pem(dir, "old-fmc", &w->old_fmc, w->old_ca.cert);
    write_pem(dir, "old-ftd", &w->old_ftd, w->old_ca.cert);
}

static int usage(void)
{
    fputs(
        "usage: capgen cases DIR [TIME]                     every case of the tests as DIR/CASE.pcap, DIR/truth.jsonl\n"
        "       capgen pki DIR [TIME]                       certificates and keys as PEM\n"
        "       capgen short|mixed|long FILE TRUTH SIZE     a capture for the benchmark\n"
        "TIME: Unix seconds of the packets (now)\n",
        stderr);
    return 64;
}

static void bulk(const struct world *w, char **argv)
{
    struct bulk_options o = { .size = strtoull(argv[4], NULL, 10), .open = 1500 };
    o.kind = !strcmp(argv[1], "short") ? BULK_SHORT : !strcmp(argv[1], "mixed") ? BULK_MIXED : BULK_LONG;
    FILE *out = fopen(argv[2], "wb"), *truth = fopen(argv[3], "w");
    if (!out || !truth) {
        perror("capgen");
        exit(1);
    }
    bulk_write(w, &o, out, truth);
    if (fclose(out) != 0 || fclose(truth) != 0) {
        perror("capgen");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    struct world w;
    bool cases_wanted = argc > 2 && !strcmp(argv[1], "cases"), pki_wanted = argc > 2 && !strcmp(argv[1], "pki");
    bool bulk_wanted =
        argc == 5 && (!strcmp(argv[1], "short") || !strcmp(argv[1], "mixed") || !strcmp(argv[1], "long"));
    if ((!cases_wanted && !pki_wanted && !bulk_wanted) || argc > 5)
        return usage();
    world_make(&w, !bulk_wanted && argc > 3 ? strtoll(argv[3], NULL, 10) : (int64_t)time(NULL));
    if (cases_wanted) {
        FILE *truth = create(argv[2], "truth", ".jsonl");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            write_case(&w, i, argv[2], truth);
        fclose(truth);
    } else if (pki_wanted) {
        write_pki(&w, argv[2]);
    } else {
        bulk(&w, argv);
    }
    world_clear(&w);
    return 0;
}
