/* SPDX-License-Identifier: BSD-2-Clause */
/* What the judging of certificate files says, in words. Decides nothing. */
#include "agent/diagnosis/diskjudge.h"

static const struct cert *cert_of(const struct casefile *c, const struct disk_fact *f)
{
    return f->certificate != CERT_NONE ? certs_get(c->certs, f->certificate) : NULL;
}

static struct slice file_of(const struct disk_fact *f)
{
    struct slice path = slice_of(f->path);
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    return slash ? slice_from(path, (size_t)(slash - path.p) + 1) : path;
}

static void put_file(struct buf *b, const struct disk_fact *f)
{
    buf_terminal(b, file_of(f));
}

static void put_time(struct buf *b, int64_t t)
{
    char text[CIVIL_TEXT];
    buf_puts(b, t == CERT_TIME_NONE ? "(unreadable)" : civil_text(civil_from_unix(t), text));
}

static void put_day(struct buf *b, int64_t t)
{
    char text[CIVIL_TEXT];
    buf_printf(b, "%.10s", civil_text(civil_from_unix(t), text));
}

static void put_days(struct buf *b, int64_t seconds)
{
    long long days = (long long)(seconds / 86400);
    if (days == 0)
        buf_puts(b, "less than a day");
    else
        buf_printf(b, "%lld day%s", days, days == 1 ? "" : "s");
}

static void put_owner(struct buf *b, const struct disk_fact *f)
{
    if (f->owner_known)
        buf_printf(b, ", mode %04o, owner %u:%u", f->mode, f->uid, f->gid);
}

void diskwords_fact(struct buf *b, const struct casefile *c, const struct disk_fact *f)
{
    const struct cert *x = cert_of(c, f);
    put_file(b, f);
    if (x) {
        buf_puts(b, ": notAfter ");
        put_time(b, x->not_after);
        buf_printf(b, ", %s, issuer %s, %s, %s, sha256 ", x->subject, x->self_issued ? "the same" : x->issuer, x->key,
            x->signature);
        cert_print_hash(b, x->sha256);
    } else if (f->key) {
        buf_puts(b, ": a private key, sha256 of its public half ");
        cert_print_hash(b, f->spki_sha256);
    } else if (f->crl) {
        buf_puts(b, ": a revocation list, thisUpdate ");
        put_time(b, f->crl_made);
        buf_puts(b, ", nextUpdate ");
        if (f->crl_next)
            put_time(b, f->crl_next);
        else
            buf_puts(b, "not said");
    } else {
        buf_printf(b, ": %s", f->why ? f->why : disk_state_name(f->state));
    }
    put_owner(b, f);
}

/* "the InternalCA", "the CA", or the file's name. */
static void put_what(struct buf *b, const struct casefile *c, const struct disk_fact *f)
{
    const struct cert *x = cert_of(c, f);
    if (x && x->internal_ca)
        buf_puts(b, "the InternalCA");
    else if (x && x->self_issued)
        buf_puts(b, "the CA");
    else
        put_file(b, f);
}

static void put_weak(struct buf *b, const struct casefile *c, const struct disk_fact *f)
{
    const struct cert *x = cert_of(c, f);
    put_what(b, c, f);
    buf_printf(b, " is weaker than newer releases accept: %s, %s", x ? x->key : "", x ? x->signature : "");
}

static void put_bad(struct buf *b, const struct disk_fact *f)
{
    put_file(b, f);
    buf_printf(b, " %s", f->state == DISK_ABSENT ? "is missing" : f->why ? f->why : "can't be used");
}

/* What a date meant when the files were collected. */
static void put_then(struct buf *b, int64_t asof, int64_t end)
{
    if (!asof)
        return;
    buf_puts(b, end > asof ? "; it was still valid when this was collected, on "
                           : "; it had expired already when this was collected, on ");
    put_day(b, asof);
    if (end > asof)
        buf_puts(b, ", and what was done since is not in it");
}

void diskwords_fault(struct buf *b, const struct casefile *c, const struct disk_fault *f)
{
    const struct cert *x = cert_of(c, f->at);
    switch (f->reason) {
    case DISK_CA_DIFFERS:
        buf_puts(b, "the FTD's cacert.pem has another key than the FMC's current one: the CA was regenerated, and this "
                    "set is of another generation");
        break;
    case DISK_NOT_SIGNED:
        put_file(b, f->at);
        buf_puts(b, " is not signed by this CA, although it has its issuer's name: they are of different generations");
        break;
    case DISK_OTHER_CA:
        put_file(b, f->at);
        buf_printf(b, " is of another CA (%s)", x ? x->issuer : "");
        break;
    case DISK_CA_EXPIRED:
    case DISK_CERT_EXPIRED:
        put_what(b, c, f->at);
        buf_puts(b, " expired on ");
        put_day(b, x ? x->not_after : 0);
        buf_puts(b, ", ");
        put_days(b, x ? c->now - x->not_after : 0);
        buf_puts(b, " ago");
        put_then(b, f->asof, x ? x->not_after : 0);
        break;
    case DISK_NOT_YET:
        put_what(b, c, f->at);
        buf_puts(b, x && x->not_before <= c->now ? " was not valid before " : " is not valid before ");
        put_time(b, x ? x->not_before : 0);
        if (x && x->not_before <= c->now) {
            buf_puts(b, ": when this was collected, on ");
            put_day(b, f->asof);
            buf_puts(b, ", it was not yet valid; now it is");
        } else {
            buf_puts(b, ", by the clock of this machine");
        }
        break;
    case DISK_KEY_DIFFERS:
        put_file(b, f->at);
        buf_puts(b, " is not the key of ");
        put_file(b, f->other);
        break;
    case DISK_BAD: put_bad(b, f->at); break;
    case DISK_SET_DIFFERS: buf_puts(b, "the FTD's sftunnel-cert.pem is not the one that the FMC issued last"); break;
    case DISK_WEAK: put_weak(b, c, f->at); break;
    case DISK_REVOKED:
        put_file(b, f->at);
        buf_puts(
            b, " is on the revocation list (its serial number is); whether sftunnel enforces that list is not known");
        break;
    case DISK_CRL_OTHER:
        buf_puts(b, "the revocation list is not signed by this CA: err 8 follows if sftunnel enforces it, which is not "
                    "known");
        break;
    case DISK_CRL_NOT_YET:
        buf_puts(b, "the revocation list is of the future: it was made on ");
        put_day(b, f->at->crl_made);
        break;
    case DISK_CRL_EXPIRED:
        buf_puts(b, "the revocation list has expired on ");
        put_day(b, f->at->crl_next);
        break;
    case DISK_EXPIRING:
        put_what(b, c, f->at);
        buf_puts(b, " expires on ");
        put_day(b, x ? x->not_after : 0);
        buf_puts(b, ", in ");
        put_days(b, x ? x->not_after - c->now : 0);
        break;
    case DISK_OWNER:
        put_file(b, f->at);
        buf_printf(b, " belongs to uid %u, and not to root as the others do", f->at->uid);
        break;
    case DISK_MODE:
        put_file(b, f->at);
        buf_printf(b, " can be changed by every user (mode %04o; documented is 0644)", f->at->mode);
        break;
    case DISK_STRAY_NAME:
        buf_puts(b, "a stray file ");
        put_file(b, f->at);
        buf_puts(b, f->at->odd_name ? ", whose name only looks right" : ", without content");
        break;
    case DISK_REASONS: break;
    }
}
