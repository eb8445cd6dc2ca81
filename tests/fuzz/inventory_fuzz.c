/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as an inventory, in both forms. What is refused is refused with the file and a sentence and leaves nothing
 * behind; what is taken is whole: every device has a name and an address that no other one has.
 */
#include "agent/remedy/inventory.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static void whole(const struct inventory *inv)
{
    bool *chosen = mem_zalloc(inv->n, sizeof *chosen);
    struct err e = { .text = "" };
    FUZZ_ASSERT(inv->n > 0);
    for (size_t i = 0; i < inv->n; i++) {
        const struct device *d = &inv->devices[i];
        FUZZ_ASSERT(d->name && *d->name && d->address && *d->address && d->user && d->port && d->line);
        FUZZ_ASSERT((d->auth.kind == AUTH_PASSWORD) == (d->auth.password != NULL));
        FUZZ_ASSERT(d->auth.kind != AUTH_PASSWORD || inv->passwords);
        FUZZ_ASSERT(inventory_limit(inv, d->name, chosen, &e) == ERR_OK && chosen[i]);
    }
    free(chosen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { "f.csv", "f.yaml", "f" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct inventory inv;
        struct err e = { .text = "" };
        enum err_code rc = inventory_read(names[i], (struct slice){ (const char *)data, size }, &inv, &e);
        if (rc == ERR_OK)
            whole(&inv);
        else
            FUZZ_ASSERT(rc == e.code && slice_starts(slice_of(e.text), slice_of(names[i])) && inv.n == 0);
        inventory_clear(&inv);
    }
    return 0;
}
