/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/names.h"

#include "agent/sources/places.h"

static bool separates(char c)
{
    return c == '/' || c == '!';
}

/* The component that begins at `from`. */
static struct slice component(struct slice path, size_t from)
{
    size_t to = from;
    while (to < path.n && !separates(path.p[to]))
        to++;
    return (struct slice){ path.p + from, to - from };
}

struct slice names_base(struct slice path)
{
    size_t from = path.n;
    while (from && !separates(path.p[from - 1]))
        from--;
    return slice_from(path, from);
}

static struct slice folder(struct slice path)
{
    struct slice base = names_base(path);
    size_t n = path.n - base.n;
    return (struct slice){ path.p, n ? n - 1 : 0 };
}

static bool unpacked_name(struct slice *name)
{
    static const struct slice ends[] = { { ".gz", 3 }, { ".xz", 3 }, { ".zst", 4 }, { ".bz2", 4 } };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (name->n > ends[i].n && slice_ends(*name, ends[i])) {
            name->n -= ends[i].n;
            return true;
        }
    }
    return false;
}

/* The digits and dashes at the end: a date of 8 digits or more, in order of magnitude as it stands. */
static bool dated(struct slice tail, uint64_t *rank)
{
    size_t digits = 0;
    uint64_t v = 0;
    for (size_t i = 0; i < tail.n; i++) {
        if (tail.p[i] == '-')
            continue;
        if (++digits > 18)
            return false;
        v = v * 10 + (uint64_t)(tail.p[i] - '0');
    }
    /* a date alone is the beginning of its day, whatever else has an hour */
    for (size_t i = digits; digits >= 8 && i < 18; i++)
        v *= 10;
    *rank = v;
    return digits >= 8;
}

void names_generation(struct slice name, struct generation *g)
{
    *g = (struct generation){ .age = 2 };
    g->packed = unpacked_name(&name);
    g->base = name;
    size_t at = name.n;
    bool letters = false;
    while (at && ((name.p[at - 1] >= '0' && name.p[at - 1] <= '9') || name.p[at - 1] == '-'))
        at--;
    for (size_t i = 0; i < at; i++)
        letters |= (name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= 'A' && name.p[i] <= 'Z');
    /* "10.1.1.1" is a host's log, not the first generation of "10.1.1" */
    if (!letters || at == name.n)
        return;
    struct slice tail = slice_from(name, at);
    uint32_t number;
    bool address = at > 1 && name.p[at - 2] >= '0' && name.p[at - 2] <= '9'; /* "ftd-10.1.1.1" likewise */
    if (name.p[at - 1] == '.' && !address && slice_u32(tail, 99999, &number)) {
        g->age = 1;
        g->rank = UINT64_MAX - number;
        g->base.n = at - 1;
    } else if (name.p[at - 1] == '.' && dated(tail, &g->rank)) {
        g->age = 0;
        g->base.n = at - 1;
    } else if (tail.p[0] == '-' && dated(tail, &g->rank)) {
        g->age = 0;
        g->base.n = at;
    }
}

int names_older(const struct generation *a, const struct generation *b)
{
    if (a->age != b->age)
        return a->age - b->age;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static bool has_component(struct slice path, struct slice want)
{
    for (size_t i = 0; i < path.n; i += component(path, i).n + 1)
        if (slice_eq(component(path, i), want))
            return true;
    return false;
}

/* "usr-local-sf-bin-sfcli.pl show managers.output" and the like */
static bool status_name(struct slice name)
{
    bool tunnel = slice_contains_nocase(name, SLICE("sftunnel")) && slice_contains_nocase(name, SLICE("status"));
    return tunnel || slice_contains_nocase(name, SLICE("show managers")) ||
           slice_contains_nocase(name, SLICE("pmtool status")) || slice_contains_nocase(name, SLICE("netstat"));
}

bool names_kind(struct slice path, enum source_kind *kind)
{
    struct slice uuid, name = names_base(path);
    struct generation g;
    names_generation(name, &g);
    if (slice_eq(g.base, SLICE("messages")) || slice_eq(g.base, SLICE("sftunnel.log")))
        *kind = SOURCE_LOG;
    else if (slice_eq(g.base, SLICE("comms.log")))
        *kind = SOURCE_COMMS;
    else if (slice_eq(name, SLICE("ims.conf")))
        *kind = SOURCE_IMS_CONF;
    else if (slice_eq_nocase(name, SLICE("PEERS_MAP.JSON")))
        *kind = SOURCE_PEERS_MAP;
    else if (slice_eq(name, SLICE("FAILED_PUSH")))
        *kind = SOURCE_FAILED_PUSH;
    else if (slice_eq(g.base, SLICE("sfca_generation.log")))
        *kind = SOURCE_GENERATION_LOG;
    else if (status_name(name))
        *kind = SOURCE_STATUS;
    else if (slice_eq(name, SLICE("sw_version")) && places_of_peer(path, &uuid))
        *kind = SOURCE_SW_VERSION;
    else if (slice_eq(name, SLICE("sftunnel-heartbeat")) && places_of_peer(path, &uuid))
        *kind = SOURCE_HEARTBEAT;
    else
        return false;
    return true;
}

static bool of_a_peer(struct slice path)
{
    struct slice above = folder(folder(path));
    struct slice name = names_base(above);
    return slice_eq(name, SLICE("peers")) || slice_eq(name, SLICE("var-sf-peers"));
}

bool names_left_out(struct slice path)
{
    return has_component(path, SLICE("opt-cisco-platform-logs")) ||
           (slice_eq(names_base(path), SLICE("ims.conf")) && of_a_peer(path));
}

static bool scheme(struct slice name)
{
    return slice_eq(name, SLICE("dir-archives")) || slice_eq(name, SLICE("command-outputs")) ||
           slice_eq(name, SLICE("file-contents"));
}

bool names_in_bundle(struct slice path)
{
    for (size_t i = 0; i < path.n; i += component(path, i).n + 1)
        if (scheme(component(path, i)))
            return true;
    return false;
}

size_t names_root(struct slice path)
{
    size_t root = SIZE_MAX;
    for (size_t i = 0; i < path.n; i += component(path, i).n + 1) {
        struct slice name = component(path, i);
        if (scheme(name) || (slice_starts(name, SLICE("results-")) && i + name.n < path.n))
            root = i ? i - 1 : 0;
    }
    struct place place;
    if (root == SIZE_MAX && places_of(path, &place))
        return place.root;
    if (root != SIZE_MAX || !slice_eq(names_base(path), SLICE("ims.conf")) || of_a_peer(path))
        return root;
    struct slice at = folder(path);
    if (slice_ends(at, SLICE("etc/sf")) && (at.n == 6 || separates(at.p[at.n - 7]))) {
        at.n = at.n == 6 ? 0 : at.n - 7;
        if (slice_eq(names_base(at), SLICE("ngfw")))
            at = folder(at);
    }
    return at.n;
}

bool names_fmc(struct slice path)
{
    for (size_t i = 0; i < path.n; i += component(path, i).n + 1)
        if (slice_starts(component(path, i), SLICE("var-opt-CSCOpx")))
            return true;
    return false;
}
