/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/ims.h"

#include "base/buf.h"
#include "base/caps.h"

static bool any(struct slice model, const struct slice *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_contains_nocase(model, words[i]))
            return true;
    return false;
}

enum role ims_role(struct slice model)
{
    /* in this order: "Firepower Management Center" and "Secure Firewall Management Center" are managers */
    static const struct slice fmc[] = { { "Management Center", 17 }, { "Defense Center", 14 }, { "FMC", 3 } };
    static const struct slice ftd[] = { { "Threat Defense", 14 }, { "FTD", 3 }, { "Firepower", 9 },
        { "Secure Firewall", 15 } };
    if (any(model, fmc, sizeof fmc / sizeof *fmc))
        return ROLE_FMC;
    return any(model, ftd, sizeof ftd / sizeof *ftd) ? ROLE_FTD : ROLE_UNKNOWN;
}

static struct slice unquoted(struct slice v)
{
    v = slice_trim(v);
    if (v.n >= 2 && (v.p[0] == '"' || v.p[0] == '\'') && v.p[v.n - 1] == v.p[0])
        v = slice_trim((struct slice){ v.p + 1, v.n - 2 });
    if (v.n > CAP_NAME_BYTES)
        v.n = CAP_NAME_BYTES;
    return v;
}

void ims_read(struct facts *f, struct slice text)
{
    struct slice uuid = { "", 0 }, model = uuid, version = uuid, build = uuid;
    const struct {
        struct slice key;
        struct slice *value;
    } keys[] = {
        { SLICE("APPLIANCE_UUID"), &uuid },
        { SLICE("MODEL"), &model },
        { SLICE("SWVERSION"), &version },
        { SLICE("SWBUILD"), &build },
    };
    while (text.n) {
        struct slice value, line = slice_cut(text, '\n', &text);
        struct slice key = slice_trim(slice_cut(line, '=', &value));
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            if (slice_eq(key, keys[i].key) && keys[i].value->n == 0) /* the first one, as a shell's reader would not */
                *keys[i].value = unquoted(value);
    }
    struct buf whole = { 0 };
    buf_slice(&whole, version);
    if (version.n && build.n) {
        buf_putc(&whole, '-');
        buf_slice(&whole, build);
    }
    casefile_appliance(f->c, f->source, ims_role(model), uuid, model, buf_as_slice(&whole));
    buf_clear(&whole);
}
