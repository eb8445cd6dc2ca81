/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/places.h"

#define TAIL 8 /* components that matter, from the end */

struct part {
    struct slice name;
    size_t begin; /* in the path, of the component that it came from */
};

struct tail {
    struct part part[TAIL]; /* [0] is the last component */
    size_t count;
};

static void push(struct tail *t, struct slice name, size_t begin)
{
    if (t->count < TAIL)
        t->part[t->count++] = (struct part){ name, begin };
}

static bool cut_front(struct slice *s, struct slice prefix)
{
    if (!slice_starts(*s, prefix))
        return false;
    *s = slice_from(*s, prefix.n);
    return true;
}

/* "var-sf-peers-<UUID>-certs_pushed" and the like: the folder's path, with dashes. Last part first. */
static bool flattened(struct tail *t, struct slice name, size_t begin)
{
    bool ngfw = cut_front(&name, SLICE("ngfw-"));
    bool var = slice_starts(name, SLICE("var-sf"));
    if (!var && !slice_starts(name, SLICE("etc-sf")))
        return false;
    struct slice rest = slice_from(name, 6), uuid = { "", 0 }, pushed = { "", 0 };
    if (rest.n && !cut_front(&rest, SLICE("-")))
        return false;
    struct slice folder = rest;
    if (var && cut_front(&rest, SLICE("peers-")) && rest.n >= UUID_BYTES &&
        slice_is_uuid((struct slice){ rest.p, UUID_BYTES })) {
        folder = SLICE("peers");
        uuid = (struct slice){ rest.p, UUID_BYTES };
        rest = slice_from(rest, UUID_BYTES);
        if (rest.n)
            pushed = slice_from(rest, 1);
    }
    if (pushed.n)
        push(t, pushed, begin);
    if (uuid.n)
        push(t, uuid, begin);
    if (folder.n)
        push(t, folder, begin);
    push(t, SLICE("sf"), begin);
    push(t, var ? SLICE("var") : SLICE("etc"), begin);
    if (ngfw)
        push(t, SLICE("ngfw"), begin);
    return true;
}

static void split(struct slice path, struct tail *t)
{
    size_t to = path.n;
    t->count = 0;
    while (t->count < TAIL) {
        size_t from = to;
        while (from && path.p[from - 1] != '/' && path.p[from - 1] != '!')
            from--;
        struct slice name = { path.p + from, to - from };
        if (t->count == 0 || (name.n && !flattened(t, name, from)))
            push(t, name, from);
        if (from == 0)
            break;
        to = from - 1;
    }
}

static bool is(const struct tail *t, size_t i, struct slice name)
{
    return i < t->count && slice_eq(t->part[i].name, name);
}

/* Where the appliance's tree begins, when the parts from i on are "sf", "var" or "etc", "ngfw". */
static size_t root_from(const struct tail *t, size_t i)
{
    if (is(t, i, SLICE("sf")))
        i++;
    if (i && is(t, i - 1, SLICE("sf")) && (is(t, i, SLICE("var")) || is(t, i, SLICE("etc"))))
        i++;
    if (is(t, i, SLICE("ngfw")))
        i++;
    size_t begin = i ? t->part[i - 1].begin : 0;
    return begin ? begin - 1 : 0;
}

static bool visible(char c)
{
    return c > 0x20 && c < 0x7f && c != '?';
}

bool places_stray(struct slice name, bool *odd)
{
    static const struct slice names[] = { { "cacert.pem", 10 }, { "sftunnel-cert.pem", 17 }, { "sftunnel-key.pem", 16 },
        { "crl.pem", 7 } };
    *odd = false;
    for (size_t i = 0; i < name.n; i++)
        *odd |= !visible(name.p[i]);
    if (slice_starts(name, SLICE("LL-")))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_contains(name, names[i]) && !slice_eq(name, names[i]))
            return true;
    return false;
}

/* 0: the CA, 1: the certificate, 2: the key, of a set; -1: none of them. */
static int of_set(struct slice name)
{
    return slice_eq(name, SLICE("cacert.pem"))          ? 0
           : slice_eq(name, SLICE("sftunnel-cert.pem")) ? 1
           : slice_eq(name, SLICE("sftunnel-key.pem"))  ? 2
                                                        : -1;
}

static bool of_peer(const struct tail *t, struct place *out)
{
    size_t i = is(t, 1, SLICE("certs_pushed")) ? 2 : 1;
    if (i >= t->count || !slice_is_uuid(t->part[i].name))
        return false;
    int which = of_set(out->base);
    out->peer_uuid = t->part[i].name;
    out->pushed = i == 2;
    i += is(t, i + 1, SLICE("peers")) ? 2 : 1;
    out->root = root_from(t, i);
    if (which >= 0)
        out->place = (enum disk_place)((out->pushed ? DISK_PUSHED_CA : DISK_PEER_CA) + which);
    return which >= 0 || places_stray(out->base, &out->odd_name);
}

static bool of_appliance(const struct tail *t, struct place *out)
{
    int which = of_set(out->base);
    bool root = is(t, 1, SLICE("ca_root"));
    if (!root && !is(t, 1, SLICE("keys")))
        return false;
    out->root = root_from(t, 2);
    if (root && which == 0)
        out->place = DISK_CA;
    else if (root && slice_eq(out->base, SLICE("crl.pem")))
        out->place = DISK_CRL;
    else if (!root && which > 0)
        out->place = which == 1 ? DISK_OWN_CERT : DISK_OWN_KEY;
    else
        return places_stray(out->base, &out->odd_name);
    return true;
}

bool places_of(struct slice path, struct place *out)
{
    struct tail t;
    split(path, &t);
    *out = (struct place){ .place = DISK_STRAY, .base = t.part[0].name, .peer_uuid = SLICE(""), .root = SIZE_MAX };
    if (slice_eq(out->base, SLICE("sftunnel.conf"))) {
        out->place = DISK_CONFIG;
        out->root = is(&t, 1, SLICE("sf")) ? root_from(&t, 1) : SIZE_MAX;
        return true;
    }
    if (of_peer(&t, out) || of_appliance(&t, out))
        return true;
    out->place = DISK_LOOSE;
    out->root = SIZE_MAX;
    out->peer_uuid = SLICE("");
    return of_set(out->base) >= 0;
}

bool places_of_peer(struct slice path, struct slice *uuid)
{
    struct tail t;
    split(path, &t);
    bool is_one = t.count > 1 && slice_is_uuid(t.part[1].name);
    *uuid = is_one ? t.part[1].name : (struct slice){ "", 0 };
    return is_one;
}

void places_print(struct buf *b, const struct place *p)
{
    if (p->place == DISK_CONFIG) {
        buf_puts(b, "/etc/sf/");
    } else if (p->place == DISK_CA || p->place == DISK_CRL) {
        buf_puts(b, "/etc/sf/ca_root/");
    } else if (p->place == DISK_OWN_CERT || p->place == DISK_OWN_KEY) {
        buf_puts(b, "/etc/sf/keys/");
    } else if (p->peer_uuid.n) {
        buf_puts(b, "/var/sf/peers/");
        buf_slice(b, p->peer_uuid);
        buf_puts(b, p->pushed ? "/certs_pushed/" : "/");
    }
    buf_slice(b, p->base);
}
