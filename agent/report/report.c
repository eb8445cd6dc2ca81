/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/report.h"

#include "agent/report/formats.h"
#include "agent/report/jsonparts.h"
#include "agent/report/prom.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const struct report_format report_formats[] = {
    { "text", "for people: the peers as a table, then the proof and the next step for each verdict", text_render, 0 },
    { "json", "one document, " JSONPARTS_SCHEMA, json_render, 0 },
    { "ndjson", "one JSON object per line, the last one is the summary", ndjson_render, 0 },
    { "nagios", "for monitoring: a line with performance data, then one for each peer with a fault", nagios_render, 0 },
    { "prom", "for Prometheus' textfile collector: certificates, tunnels and verdicts as series", prom_render,
        PROM_MODE },
    { NULL, NULL, NULL, 0 },
};

#define TEMPORARY_TRIES 100
#define WRITE_BLOCK 65536

const struct report_format *report_format_find(struct slice name)
{
    for (const struct report_format *f = report_formats; f->name; f++)
        if (slice_eq(name, slice_of(f->name)))
            return f;
    return NULL;
}

static int put_error; /* errno of the first write that failed since the last report_written() */

void report_put(FILE *out, struct buf *b)
{
    errno = 0;
    if (b->n && fwrite(b->p, 1, b->n, out) != b->n && put_error == 0)
        put_error = errno;
    buf_reset(b);
}

enum err_code report_written(FILE *out, struct err *e)
{
    errno = 0;
    bool arrived = fflush(out) == 0 && !ferror(out);
    int os = put_error ? put_error : errno;
    put_error = 0;
    return arrived ? ERR_OK : err_os(e, ERR_IO, os ? os : EIO, "the report could not be written");
}

/* A file under construction: beside the one that it will become. */
struct draft {
    char *target; /* what is replaced; links are followed, so that a link stays one */
    char *temporary;
    int fd;
};

static void draft_clear(struct draft *w)
{
    if (w->fd >= 0)
        close(w->fd);
    if (w->temporary)
        unlink(w->temporary);
    free(w->temporary);
    free(w->target);
    *w = (struct draft){ .fd = -1 };
}

static enum err_code draft_open(struct draft *w, const char *path, struct err *e)
{
    *w = (struct draft){ .fd = -1 };
    w->target = realpath(path, NULL);
    if (!w->target)
        w->target = mem_strdup(path);
    char *copy = mem_strdup(w->target);
    const char *folder = dirname(copy);
    for (int i = 0; w->fd < 0 && i < TEMPORARY_TRIES; i++) {
        struct buf b = { 0 };
        buf_printf(&b, "%s/.sftunnel-agent.%ld.%d", folder, (long)getpid(), i);
        free(w->temporary);
        w->temporary = buf_take(&b);
        w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (w->fd < 0 && errno != EEXIST)
            break;
    }
    int os = errno;
    free(copy);
    if (w->fd >= 0)
        return ERR_OK;
    free(w->temporary); /* not ours: nothing to unlink */
    w->temporary = NULL;
    draft_clear(w);
    return err_os(e, os == EACCES || os == EPERM ? ERR_PERMISSION : ERR_CANTCREATE, os,
        "%s: the report can't be made there", path);
}

/* Devices, pipes and what stands for a descriptor can't be replaced, only written to. */
static bool in_place(const char *path, struct stat *st)
{
    struct slice s = slice_of(path);
    if (slice_starts(s, SLICE("/dev/")) || slice_starts(s, SLICE("/proc/")))
        return true;
    return stat(path, st) == 0 && !S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode);
}

char *report_place(const char *path)
{
    struct stat st;
    if (in_place(path, &st))
        return mem_strdup(path);
    char *target = realpath(path, NULL);
    if (!target)
        target = mem_strdup(path);
    char *folder = mem_strdup(dirname(target));
    free(target);
    return folder;
}

enum err_code report_check_file(const char *path, struct err *e)
{
    struct stat st;
    if (!path[0] || slice_ends(slice_of(path), SLICE("/")) || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return err_set(
            e, ERR_CANTCREATE, "%s: is a folder; name a file for the report", path[0] ? path : "(empty name)");
    if (in_place(path, &st)) {
        if (access(path, W_OK) != 0)
            return err_os(e, ERR_CANTCREATE, errno, "%s", path);
        return ERR_OK;
    }
    struct draft w;
    enum err_code code = draft_open(&w, path, e);
    if (code == ERR_OK)
        draft_clear(&w);
    return code;
}

static enum err_code fill(FILE *out, report_fill *f, void *arg, struct err *e)
{
    static char block[WRITE_BLOCK];
    setvbuf(out, block, _IOFBF, sizeof block);
    return f(out, arg, e);
}

static enum err_code write_in_place(const char *path, report_fill *f, void *arg, struct err *e)
{
    FILE *out = fopen(path, "we");
    if (!out)
        return err_os(e, ERR_CANTCREATE, errno, "%s", path);
    enum err_code code = fill(out, f, arg, e);
    if (fclose(out) != 0 && code == ERR_OK)
        code = err_os(e, ERR_IO, errno, "the report could not be written");
    if (code != ERR_OK)
        err_prefix(e, "%s", path);
    return code;
}

enum err_code report_write_file(const char *path, unsigned mode, report_fill *f, void *arg, struct err *e)
{
    struct stat st;
    if (in_place(path, &st))
        return write_in_place(path, f, arg, e);
    struct draft w;
    enum err_code code = draft_open(&w, path, e);
    if (code != ERR_OK)
        return code;
    FILE *out = fdopen(w.fd, "w");
    if (!out) {
        code = err_os(e, ERR_IO, errno, "%s", path);
        goto out;
    }
    int fd = w.fd;
    w.fd = -1; /* transferred */
    code = fill(out, f, arg, e);
    if (stat(w.target, &st) == 0)
        mode = st.st_mode & 07777;
    if (code == ERR_OK && mode && fchmod(fd, mode) != 0)
        code = err_os(e, ERR_PERMISSION, errno, "its mode could not be set");
    if (code == ERR_OK && fsync(fd) != 0)
        code = err_os(e, ERR_IO, errno, "the report could not be written");
    if (fclose(out) != 0 && code == ERR_OK)
        code = err_os(e, ERR_IO, errno, "the report could not be written");
    if (code == ERR_OK && rename(w.temporary, w.target) != 0)
        code = err_os(e, ERR_CANTCREATE, errno, "the finished report could not be moved into its place");
    if (code != ERR_OK) {
        err_prefix(e, "%s (left as it was)", path);
        goto out;
    }
    free(w.temporary); /* it has become the report */
    w.temporary = NULL;
out:
    draft_clear(&w);
    return code;
}

struct rendering {
    const struct report_format *f;
    const struct casefile *c;
    const struct diagnosis *d;
    const struct report_style *style;
};

static enum err_code render(FILE *out, void *arg, struct err *e)
{
    const struct rendering *r = arg;
    return r->f->render(out, r->c, r->d, r->style, e);
}

enum err_code report_to_file(const struct report_format *f, const char *path, const struct casefile *c,
    const struct diagnosis *d, const struct report_style *style, struct err *e)
{
    struct rendering r = { f, c, d, style };
    return report_write_file(path, f->mode, render, &r, e);
}

void report_verdicts_json(FILE *out, const enum verdict_id *ids, size_t count)
{
    struct buf b = { 0 };
    buf_puts(&b, "{\"schema\":\"" JSONPARTS_VERDICTS_SCHEMA "\",\n\"verdicts\":[");
    for (size_t i = 0; i < count; i++) {
        buf_puts(&b, i ? ",\n " : "\n ");
        jsonparts_verdict(&b, ids[i]);
    }
    buf_puts(&b, "\n]}\n");
    report_put(out, &b);
    buf_clear(&b);
}
