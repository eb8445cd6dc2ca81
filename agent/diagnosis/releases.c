/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/releases.h"

#define PARTS 4

struct number {
    uint32_t part[PARTS];
};

struct row {
    const char *from, *to;  /* as the notice lists them */
    const char *hotfix;     /* NULL: none is listed */
    const char *number;     /* of the hotfix */
    const char *hotfix_for; /* the last release that it is named for; NULL: as `to` */
};

static const struct row rows[] = {
    { "6.2.3", "6.2.3.18", NULL, NULL, NULL },
    { "6.4.0", "6.4.0.18", NULL, NULL, NULL },
    { "6.6.0", "6.6.7.2", NULL, NULL, NULL },
    { "7.0.0", "7.0.6.3", "FK 7.0.6.99-9", "7.0.6.99", "7.0.6" },
    { "7.1.0", "7.1.0.3", NULL, NULL, NULL },
    { "7.2.0", "7.2.9", "FZ 7.2.9.99-4", "7.2.9.99", NULL },
    { "7.3.0", "7.3.1.2", "AE 7.3.1.99-4", "7.3.1.99", NULL },
    { "7.4.0", "7.4.2.1", "AO 7.4.2.99-5", "7.4.2.99", "7.4.2" },
    { "7.6.0", "7.6.0", "B 7.6.0.99-5", "7.6.0.99", NULL },
};

/* Two to four numbers; what follows a dash or a blank is the build. */
static bool number_of(struct slice text, struct number *out)
{
    size_t n = 0, parts = 0;
    text = slice_trim(text);
    while (n < text.n && text.p[n] != '-' && text.p[n] != ' ')
        n++;
    text.n = n;
    *out = (struct number){ 0 };
    while (text.n) {
        bool last = !memchr(text.p, '.', text.n);
        struct slice rest, part = slice_cut(text, '.', &rest);
        if (parts == PARTS || !slice_u32(part, 65535, &out->part[parts++]) || (!last && rest.n == 0))
            return false;
        text = rest;
    }
    return parts >= 2;
}

static int compare(const struct number *a, const struct number *b)
{
    for (size_t i = 0; i < PARTS; i++)
        if (a->part[i] != b->part[i])
            return a->part[i] < b->part[i] ? -1 : 1;
    return 0;
}

static int compare_text(const struct number *a, const char *text)
{
    struct number b;
    (void)number_of(slice_of(text), &b);
    return compare(a, &b);
}

void release_find(struct slice version, struct release *out)
{
    struct number n;
    *out = (struct release){ .state = RELEASE_UNREADABLE };
    if (!number_of(version, &n))
        return;
    out->state = RELEASE_NOT_LISTED;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        bool hotfix = r->number && compare_text(&n, r->number) == 0;
        bool listed = compare_text(&n, r->from) >= 0 && compare_text(&n, r->to) <= 0;
        if (!hotfix && !listed)
            continue;
        *out = (struct release){ .state = hotfix ? RELEASE_HOTFIX : RELEASE_LISTED,
            .from = r->from,
            .to = r->to,
            .hotfix = r->hotfix,
            .patch_unnamed = !hotfix && r->hotfix_for && compare_text(&n, r->hotfix_for) > 0 };
        return;
    }
}

void release_advice(struct buf *b, struct slice version, const struct release *r)
{
    if (r->state == RELEASE_UNREADABLE)
        return;
    buf_puts(b, "The FMC runs ");
    buf_terminal(b, version);
    if (r->state == RELEASE_NOT_LISTED) {
        buf_puts(b, ", which is not in the list of Field Notice 74214. The vendor says all the same that all systems "
                    "are affected, even with a fixed release (CSCwd08098): no release renews the CA by itself, and "
                    "its date alone counts.");
        return;
    }
    if (r->state == RELEASE_HOTFIX) {
        buf_printf(b, ", which is the number of hotfix %s itself: it is installed.", r->hotfix);
        return;
    }
    buf_printf(b, ", which Field Notice 74214 lists as affected (%s to %s). ", r->from, r->to);
    if (r->hotfix && r->patch_unnamed)
        buf_printf(b,
            "Hotfix %s is named for the releases before this patch only: ask Cisco TAC whether it is for this "
            "one, too.",
            r->hotfix);
    else if (r->hotfix)
        buf_printf(b,
            "Hotfix %s is for it and needs no reboot of the FMC; this number does not tell whether it is "
            "installed. Install it before generate_certs.pl is run.",
            r->hotfix);
    else
        buf_puts(b, "No hotfix is listed for it. While a tunnel is up on an expired CA, do not upgrade: ask Cisco TAC. "
                    "As long as the CA is valid, or once all firewalls are down, the FMC may be upgraded to a release "
                    "that has one.");
}
