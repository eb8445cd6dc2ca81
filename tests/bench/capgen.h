/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of capgen share: the certificates of one make-believe network, and the ways in which they fail. */
#ifndef TESTS_BENCH_CAPGEN_H
#define TESTS_BENCH_CAPGEN_H

#include "tests/bench/capgen_frames.h"
#include "tests/bench/capgen_tls.h"

enum fault {
    FAULT_NONE,
    FAULT_CA_EXPIRED,    /* the InternalCA of both ends, three days ago */
    FAULT_LEAF_EXPIRED,  /* the manager's own certificate, yesterday */
    FAULT_NOT_YET_VALID, /* the manager's own certificate, from the day after tomorrow on */
    FAULT_OTHER_CA,      /* the firewall belongs to another manager */
    FAULT_OTHER_CLIENT,  /* it trusts this manager, and presents what another one has issued */
    FAULT_REGENERATED,   /* the manager has a new CA of the same name, v1, serial 0; the firewall has the old set */
    FAULT_HALF_PUSHED,   /* the firewall has the new CA, and still the leaf that the old one has signed */
    FAULT_NO_CLIENT,     /* the firewall presents nothing */
    FAULTS
};

struct world {
    int64_t now;
    struct identity ca, fmc, ftd, fmc_late, fmc_early;          /* a good CA and its leaves */
    struct identity old_ca, old_fmc, old_ftd;                   /* the expired one */
    struct identity other_ca, other_ftd;                        /* another manager's */
    struct identity first_ca, first_ftd, second_ca, second_fmc; /* regenerated: same name, v1 */
};

void world_make(struct world *w, int64_t now);
void world_clear(struct world *w);
/* Who presents and trusts what. */
void world_set(const struct world *w, enum fault fault, struct dialogue *d);

/* For benchmarks: `size` bytes of capture into out, and a JSON object with the truth. */
enum bulk { BULK_SHORT, BULK_MIXED, BULK_LONG };
struct bulk_options {
    enum bulk kind;
    uint64_t size;
    unsigned open; /* sessions at once, of BULK_SHORT */
};
void bulk_write(const struct world *w, const struct bulk_options *o, FILE *out, FILE *truth);

#endif
