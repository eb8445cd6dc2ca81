/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/wireterms.h"

#include "agent/report/layout.h"

#define NS 1000000000

static const struct {
    uint16_t number;
    const char *name;
} ciphers[] = {
    { 0x0005, "RC4-SHA" },
    { 0x000a, "DES-CBC3-SHA" },
    { 0x002f, "AES128-SHA" },
    { 0x0033, "DHE-RSA-AES128-SHA" },
    { 0x0035, "AES256-SHA" },
    { 0x0039, "DHE-RSA-AES256-SHA" },
    { 0x003c, "AES128-SHA256" },
    { 0x003d, "AES256-SHA256" },
    { 0x0067, "DHE-RSA-AES128-SHA256" },
    { 0x006b, "DHE-RSA-AES256-SHA256" },
    { 0x009c, "AES128-GCM-SHA256" },
    { 0x009d, "AES256-GCM-SHA384" },
    { 0x009e, "DHE-RSA-AES128-GCM-SHA256" },
    { 0x009f, "DHE-RSA-AES256-GCM-SHA384" },
    { 0x1301, "TLS_AES_128_GCM_SHA256" },
    { 0x1302, "TLS_AES_256_GCM_SHA384" },
    { 0x1303, "TLS_CHACHA20_POLY1305_SHA256" },
    { 0x1304, "TLS_AES_128_CCM_SHA256" },
    { 0xc009, "ECDHE-ECDSA-AES128-SHA" },
    { 0xc00a, "ECDHE-ECDSA-AES256-SHA" },
    { 0xc013, "ECDHE-RSA-AES128-SHA" },
    { 0xc014, "ECDHE-RSA-AES256-SHA" },
    { 0xc023, "ECDHE-ECDSA-AES128-SHA256" },
    { 0xc024, "ECDHE-ECDSA-AES256-SHA384" },
    { 0xc027, "ECDHE-RSA-AES128-SHA256" },
    { 0xc028, "ECDHE-RSA-AES256-SHA384" },
    { 0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256" },
    { 0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384" },
    { 0xc02f, "ECDHE-RSA-AES128-GCM-SHA256" },
    { 0xc030, "ECDHE-RSA-AES256-GCM-SHA384" },
    { 0xcca8, "ECDHE-RSA-CHACHA20-POLY1305" },
    { 0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305" },
    { 0xccaa, "DHE-RSA-CHACHA20-POLY1305" },
};

void wireterms_version(struct buf *b, uint16_t version)
{
    const char *name = connection_version_name(version);
    if (name)
        buf_puts(b, name);
    else
        buf_printf(b, "0x%04X", version);
}

void wireterms_cipher(struct buf *b, uint16_t cipher)
{
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
        if (ciphers[i].number == cipher) {
            buf_puts(b, ciphers[i].name);
            return;
        }
    buf_printf(b, "0x%04X", cipher);
}

int64_t wireterms_seconds(int64_t ns)
{
    return ns / NS - (ns % NS < 0);
}

int64_t wireterms_fraction(int64_t ns)
{
    return ns % NS + (ns % NS < 0 ? NS : 0);
}

void wireterms_time(struct buf *b, int64_t ns)
{
    int64_t fraction = wireterms_fraction(ns);
    civil_print(b, civil_from_unix(wireterms_seconds(ns)));
    b->n--; /* its Z */
    size_t digits = fraction % 1000 ? 9 : 6;
    if (digits == 6)
        fraction /= 1000;
    char *p = buf_more(b, digits + 2);
    p[0] = '.';
    for (size_t i = digits; i > 0; i--, fraction /= 10)
        p[i] = (char)('0' + fraction % 10);
    p[digits + 1] = 'Z';
}

/* What follows "CN=" and the like at the beginning of one of a name's parts. */
static bool part(struct slice dn, const char *key, struct slice *value)
{
    struct slice rest = dn;
    while (rest.n) {
        if (slice_starts(rest, slice_of(key))) {
            struct slice found = slice_from(rest, strlen(key)), after;
            *value = found;
            if (slice_after(found, SLICE(", "), &after))
                value->n = (size_t)(after.p - found.p) - 2;
            return true;
        }
        if (!slice_after(rest, SLICE(", "), &rest))
            return false;
    }
    return false;
}

static void put_cut(struct buf *b, struct slice s)
{
    if (s.n <= WIRETERMS_NAME) {
        buf_slice(b, s);
        return;
    }
    s.n = WIRETERMS_NAME;
    while (s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80) /* not in the middle of a character */
        s.n--;
    buf_slice(b, s);
    buf_puts(b, "...");
}

void wireterms_name(struct buf *b, const char *dn)
{
    struct slice all = slice_of(dn), title, cn;
    bool has_cn = part(all, "CN=", &cn) && cn.n;
    if (has_cn && part(all, "title=", &title) && slice_eq(title, SLICE("InternalCA"))) {
        buf_puts(b, "InternalCA of FMC ");
        put_cut(b, cn);
        return;
    }
    put_cut(b, has_cn ? cn : all);
    if (all.n == 0)
        buf_puts(b, "(empty name)");
}

static void filter_address(struct buf *b, const struct endpoint *e)
{
    struct buf address = { 0 };
    endpoint_address(&address, e);
    buf_printf(b, "%s == %s", strchr(address.p, ':') ? "ipv6.addr" : "ip.addr", address.p);
    buf_clear(&address);
}

void wireterms_filter(struct buf *b, const struct wire *w, bool many)
{
    const struct endpoint *client = &w->side[SIDE_CLIENT].at, *server = &w->side[SIDE_SERVER].at;
    filter_address(b, client);
    if (!many)
        buf_printf(b, " && tcp.port == %u", client->port);
    buf_puts(b, " && ");
    filter_address(b, server);
    buf_printf(b, " && tcp.port == %u", server->port);
}

void wireterms_span(struct buf *b, int64_t seconds)
{
    uint64_t s = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
    if (s >= 2 * 86400)
        layout_count(b, s / 86400, "day", "days");
    else if (s >= 2 * 3600)
        layout_count(b, s / 3600, "hour", "hours");
    else if (s >= 2 * 60)
        layout_count(b, s / 60, "minute", "minutes");
    else
        layout_count(b, s, "second", "seconds");
}
