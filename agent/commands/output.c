/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/output.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIDTH_LEAST 20
#define WIDTH_MOST 1000

void output_clear(struct output_set *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->targets[i].fd >= 0)
            close(o->targets[i].fd);
    free(o->targets);
    *o = (struct output_set){ 0 };
}

static enum err_code unknown_format(struct slice name, struct err *e)
{
    const char *known[8];
    size_t n = 0;
    struct buf list = { 0 };
    for (const struct report_format *f = report_formats; f->name && n + 1 < sizeof known / sizeof known[0]; f++) {
        known[n++] = f->name;
        buf_printf(&list, "%s%s", list.n ? ", " : "", f->name);
    }
    known[n] = NULL;
    const char *near = nearest(name, known);
    int length = name.n > 64 ? 64 : (int)name.n;
    if (near)
        err_set(e, ERR_USAGE, "unknown format \"%.*s\"; did you mean %s?", length, name.p, near);
    else
        err_set(e, ERR_USAGE, "unknown format \"%.*s\"; known are %s", length, name.p, list.p);
    buf_clear(&list);
    return ERR_USAGE;
}

enum err_code output_add(struct output_set *o, const char *value, struct err *e)
{
    struct slice path, name = slice_cut(slice_of(value), '=', &path);
    const struct report_format *format = report_format_find(name);
    if (!format)
        return unknown_format(name, e);
    struct output_target target = { .format = format, .fd = -1 };
    if (name.n < strlen(value)) {
        if (path.n == 0)
            return err_set(e, ERR_USAGE, "-o %s: a file name is missing after =", value);
        target.path = slice_eq(path, SLICE("-")) ? NULL : path.p;
    }
    o->targets = mem_grow(o->targets, &o->capacity, o->count + 1, sizeof *o->targets);
    o->targets[o->count++] = target;
    return ERR_OK;
}

enum err_code output_color(struct output_set *o, const char *value, struct err *e)
{
    static const char *const names[] = { "auto", "always", "never", NULL };
    for (int i = 0; names[i]; i++)
        if (strcmp(value, names[i]) == 0) {
            o->color = (enum color_when)i;
            return ERR_OK;
        }
    return err_set(e, ERR_USAGE, "--color \"%.64s\" is not known; it takes auto, always or never", value);
}

static struct slice last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slice_of(slash ? slash + 1 : path);
}

/* The folder that a path's last name would be in. */
static bool folder(const char *path, struct stat *st)
{
    size_t n = strlen(path) - last_name(path).n;
    char *name = n ? mem_strndup(path, n) : mem_strdup(".");
    bool there = stat(name, st) == 0;
    free(name);
    return there;
}

/* One place, perhaps under two names: the same file, or for one that is not there yet the same folder and name. */
static bool same_place(const char *a, const char *b)
{
    struct stat sa, sb;
    bool there_a = stat(a, &sa) == 0, there_b = stat(b, &sb) == 0;
    if (there_a && there_b)
        return S_ISREG(sa.st_mode) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
    return !there_a && !there_b && slice_eq(last_name(a), last_name(b)) && folder(a, &sa) && folder(b, &sb) &&
           sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static enum err_code check_one(
    const struct output_set *o, size_t index, const char *const *inputs, size_t input_count, struct err *e)
{
    const struct output_target *t = &o->targets[index];
    for (size_t i = 0; i < index; i++) {
        const char *other = o->targets[i].path;
        if (!t->path && !other)
            return err_set(e, ERR_USAGE,
                "two reports (%s, %s) for standard output; give one of them a file: -o %s=FILE",
                o->targets[i].format->name, t->format->name, t->format->name);
        if (t->path && other && same_place(t->path, other))
            return err_set(e, ERR_USAGE, "%s: two reports for one file", t->path);
    }
    if (!t->path)
        return ERR_OK;
    for (size_t i = 0; i < input_count; i++)
        if (strcmp(inputs[i], "-") != 0 && same_place(t->path, inputs[i]))
            return err_set(e, ERR_USAGE, "%s: is an input; name another file for the report", t->path);
    return report_check_file(t->path, e);
}

enum err_code output_check(struct output_set *o, const char *const *inputs, size_t input_count, struct err *e)
{
    if (o->count == 0) {
        enum err_code code = output_add(o, "text", e);
        if (code != ERR_OK)
            return code;
    }
    for (size_t i = 0; i < o->count; i++) {
        enum err_code code = check_one(o, i, inputs, input_count, e);
        if (code != ERR_OK)
            return code;
    }
    return ERR_OK;
}

enum err_code output_hold(struct output_set *o, struct err *e)
{
    for (size_t i = 0; i < o->count; i++) {
        struct output_target *t = &o->targets[i];
        if (!t->path)
            continue;
        t->fd = open(t->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
        if (t->fd < 0)
            return err_os(e, ERR_CANTCREATE, errno, "%s: the report can't be made there", t->path);
    }
    return ERR_OK;
}

static enum err_code render_held(const struct output_target *t, const struct casefile *c, const struct diagnosis *d,
    const struct report_style *style, struct err *e)
{
    struct stat st;
    int fd = dup(t->fd);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    enum err_code code = ERR_OK;
    if (!out) {
        code = err_os(e, ERR_IO, errno, "%s", t->path);
        if (fd >= 0)
            close(fd);
        return code;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, 0) != 0)
        code = err_os(e, ERR_IO, errno, "it could not be emptied");
    if (code == ERR_OK)
        code = t->format->render(out, c, d, style, e);
    if (fclose(out) != 0 && code == ERR_OK)
        code = err_os(e, ERR_IO, errno, "the report could not be written");
    if (code != ERR_OK)
        err_prefix(e, "%s", t->path);
    return code;
}

void output_style(const struct output_set *o, struct report_style *style)
{
    *style = (struct report_style){
        .colour = output_colour(o->color, stdout),
        .unicode = output_unicode(),
        .width = output_width(stdout),
        .verbosity = o->verbosity,
    };
}

static enum err_code render_one(const struct output_set *o, const struct output_target *t, const struct casefile *c,
    const struct diagnosis *d, struct err *e)
{
    struct report_style style;
    output_style(o, &style);
    if (t->path) {
        style.colour = o->color == COLOR_ALWAYS;
        style.width = 0;
        if (t->fd >= 0)
            return render_held(t, c, d, &style, e);
        return report_to_file(t->format, t->path, c, d, &style, e);
    }
    enum err_code code = t->format->render(stdout, c, d, &style, e);
    if (code != ERR_OK && e->os == EPIPE) /* the reader has seen enough: command_finish() ends quietly */
        return ERR_OK;
    if (code != ERR_OK)
        err_prefix(e, "standard output");
    return code;
}

enum err_code output_render(
    const struct output_set *o, const struct casefile *c, const struct diagnosis *d, struct err *e)
{
    enum err_code first = ERR_OK;
    for (int standard = 0; standard < 2; standard++)
        for (size_t i = 0; i < o->count; i++) {
            struct err local = { 0 };
            if ((o->targets[i].path == NULL) != (standard == 1))
                continue;
            enum err_code code = render_one(o, &o->targets[i], c, d, &local);
            if (code != ERR_OK && first == ERR_OK) {
                first = code;
                if (e)
                    *e = local;
            }
        }
    return first;
}

static void confine_to(
    const struct output_set *o, const char *const *more, size_t more_count, bool network, struct confine_state *out)
{
    char **places = mem_zalloc(o->count + more_count, sizeof *places);
    size_t n = 0;
    for (size_t i = 0; i < o->count; i++)
        if (o->targets[i].path)
            places[n++] = report_place(o->targets[i].path);
    for (size_t i = 0; i < more_count; i++)
        places[n++] = mem_strdup(more[i]);
    const struct confine_allow allow = { .write = (const char *const *)places, .write_count = n, .network = network };
    confine(&allow, out);
    for (size_t i = 0; i < n; i++)
        free(places[i]);
    free(places);
}

void output_confine(const struct output_set *o, const char *const *more, size_t more_count, struct confine_state *out)
{
    confine_to(o, more, more_count, false, out);
}

void output_confine_online(const struct output_set *o, struct confine_state *out)
{
    confine_to(o, NULL, 0, true, out);
}

bool output_is_for_people(const struct output_set *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (!o->targets[i].path)
            return strcmp(o->targets[i].format->name, "text") == 0;
    return o->count == 0;
}

static bool set_and(const char *name, bool zero_counts)
{
    const char *value = getenv(name);
    return value && value[0] && (zero_counts || strcmp(value, "0") != 0);
}

bool output_colour(enum color_when when, FILE *stream)
{
    if (when != COLOR_AUTO)
        return when == COLOR_ALWAYS;
    const char *term = getenv("TERM"), *clicolor = getenv("CLICOLOR");
    if (set_and("NO_COLOR", true))
        return false;
    if (set_and("CLICOLOR_FORCE", false))
        return true;
    if (clicolor && strcmp(clicolor, "0") == 0)
        return false;
    return isatty(fileno(stream)) && term && term[0] && strcmp(term, "dumb") != 0;
}

int output_width(FILE *stream)
{
    uint32_t columns;
    const char *set = getenv("COLUMNS");
    struct winsize w;
    if (set && slice_u32(slice_of(set), WIDTH_MOST, &columns) && columns >= WIDTH_LEAST)
        return (int)columns;
    if (isatty(fileno(stream)) && ioctl(fileno(stream), TIOCGWINSZ, &w) == 0 && w.ws_col >= WIDTH_LEAST)
        return w.ws_col;
    return isatty(fileno(stream)) ? 80 : 0;
}

bool output_unicode(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
