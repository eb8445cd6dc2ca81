/* SPDX-License-Identifier: BSD-2-Clause */
/* `inventory check` says whether an inventory would be taken, `inventory list` which devices are meant. */
#include "agent/commands/command.h"
#include "agent/commands/output.h"
#include "agent/diagnosis/casefile.h"
#include "agent/remedy/inventory.h"
#include "agent/report/grid.h"
#include "agent/report/jsonwrite.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

extern const struct command inventory_command;

#define INVENTORY_FILE "/etc/sftunnel-agent/inventory.yaml"

enum option { OPTION_INVENTORY, OPTION_LIMIT, OPTION_STRICT, OPTION_JSON, OPTION_COLOR, OPTION_VERBOSE };

static const struct command_option options[] = {
    [OPTION_INVENTORY] = { 'i', "inventory", "FILE",
        "the inventory (YAML or devices.csv); without it " INVENTORY_FILE },
    [OPTION_LIMIT] = { 0, "limit", "PATTERN,...",
        "only these: a name, an address, a glob, a group, tag:NAME, ~REGEX, @FILE; !PATTERN: not those" },
    [OPTION_STRICT] = { 0, "strict", NULL, "check: a warning is a fault" },
    [OPTION_JSON] = { 0, "json", NULL, "list: as JSON" },
    [OPTION_COLOR] = { 0, "color", "WHEN", "auto, always or never" },
    [OPTION_VERBOSE] = { 'v', "verbose", NULL, "list: all rows" },
    { 0, NULL, NULL, NULL },
};

struct request {
    const char *file, *limit;
    bool strict, json;
    struct output_set out; /* colour and verbosity */
};

struct chosen {
    struct inventory inv;
    bool exposed;
    bool *devices; /* [inv.n] */
    size_t n;
};

/* ---- check ---- */

static void warn(const char *place, unsigned line, const char *device, const struct buf *text)
{
    struct buf b = { 0 };
    buf_terminal(&b, slice_of(place));
    if (line)
        buf_printf(&b, ":%u", line);
    buf_puts(&b, ": warning: ");
    if (device) {
        buf_terminal(&b, slice_of(device));
        buf_puts(&b, ": ");
    }
    buf_terminal(&b, buf_as_slice(text));
    fprintf(stderr, "%s\n", b.p);
    buf_clear(&b);
}

/* How many things can be said against the credentials of those that are meant. */
static unsigned warnings(const struct chosen *c)
{
    struct buf b = { 0 };
    unsigned n = 0;
    if (c->exposed && c->inv.passwords) {
        buf_puts(&b, "it holds passwords and others can read it: chmod 600");
        warn(c->inv.name, 0, NULL, &b);
        n++;
    }
    for (size_t i = 0; i < c->inv.n; i++) {
        const struct device *d = &c->inv.devices[i];
        const struct auth *both[] = { &d->auth, &d->become };
        for (size_t k = 0; k < 2 && c->devices[i]; k++) {
            buf_reset(&b);
            auth_doubt(&b, both[k]);
            if (b.n) {
                warn(c->inv.name, d->line, d->name, &b);
                n++;
            }
        }
    }
    buf_clear(&b);
    return n;
}

static int check(const struct request *r, const struct chosen *c)
{
    struct buf b = { 0 };
    unsigned n = warnings(c);
    buf_terminal(&b, slice_of(c->inv.name));
    buf_puts(&b, ": ");
    layout_count(&b, c->n, "device", "devices");
    if (c->inv.source) {
        buf_puts(&b, ", certificates of ");
        buf_terminal(&b, slice_of(c->inv.source->name));
    }
    buf_puts(&b, ", no fault");
    if (n) {
        buf_puts(&b, ", ");
        layout_count(&b, n, "warning", "warnings");
    }
    puts(b.p);
    buf_clear(&b);
    return n && r->strict ? err_exit(ERR_CONFIG) : 0;
}

/* ---- list ---- */

static void words(struct json *j, const char *key, const struct words *w)
{
    json_key(j, key);
    json_open(j, '[');
    for (size_t i = 0; i < w->n; i++)
        json_text(j, slice_of(w->items[i]));
    json_close(j, ']');
}

static void json_device(struct json *j, const struct inventory *inv, const struct device *d)
{
    struct buf b = { 0 };
    json_open(j, '{');
    json_put_text(j, "name", d->name);
    json_put_text(j, "address", d->address);
    json_put_number(j, "port", d->port);
    json_put_text(j, "user", d->user);
    json_put_text(j, "role", d->role == ROLE_UNKNOWN ? NULL : role_name(d->role));
    json_put_bool(j, "source", inv->source == d);
    json_put_text(j, "uuid", d->uuid);
    json_put_text(j, "jump", d->jump);
    json_put_text(j, "host_key", d->host_key);
    auth_print(&b, &d->auth);
    json_put_buf(j, "auth", &b);
    auth_print(&b, &d->become);
    json_put_buf(j, "become", &b);
    words(j, "groups", &d->groups);
    words(j, "tags", &d->tags);
    json_put_number(j, "line", d->line);
    json_close(j, '}');
    buf_clear(&b);
}

static void list_json(const struct chosen *c)
{
    struct buf b = { 0 };
    struct json j = { &b, false };
    json_open(&j, '{');
    json_put_text(&j, "inventory", c->inv.name);
    json_key(&j, "devices");
    json_open(&j, '[');
    for (size_t i = 0; i < c->inv.n; i++)
        if (c->devices[i])
            json_device(&j, &c->inv, &c->inv.devices[i]);
    json_close(&j, ']');
    json_close(&j, '}');
    puts(b.p);
    buf_clear(&b);
}

static void grid_words(struct grid *g, const struct words *w)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < w->n; i++) {
        buf_puts(&b, i ? " " : "");
        buf_puts(&b, w->items[i]);
    }
    grid_cell(g, &b);
}

static void list_text(const struct request *r, const struct chosen *c)
{
    static const char *const headings[] = { "DEVICE", "ADDRESS", "ROLE", "LOGIN", "CREDENTIAL", "JUMP", "GROUPS" };
    struct report_style style = { 0 };
    struct layout l;
    output_style(&r->out, &style);
    layout_init(&l, stdout, &style);
    struct grid g = { .l = &l, .headings = headings, .columns = 7, .toned = GRID_COLUMNS, .rows_most = 200 };
    for (size_t i = 0; i < c->inv.n; i++) {
        const struct device *d = &c->inv.devices[i];
        struct buf b = { 0 };
        if (!c->devices[i])
            continue;
        grid_row(&g, SEVERITY_OK);
        grid_text(&g, d->name);
        buf_puts(&b, d->address);
        if (d->port != 22)
            buf_printf(&b, strchr(d->address, ':') ? " port %u" : ":%u", d->port);
        grid_cell(&g, &b);
        grid_text(&g, c->inv.source == d ? "fmc (source)" : d->role == ROLE_UNKNOWN ? "" : role_name(d->role));
        grid_text(&g, d->user);
        auth_print(&b, &d->auth);
        grid_cell(&g, &b);
        grid_text(&g, d->jump);
        grid_words(&g, &d->groups);
    }
    grid_print(&g);
    layout_clear(&l);
}

/* ---- the command ---- */

static enum err_code check_words(int count, char **given, struct err *e)
{
    static const char *const known[] = { "check", "list", NULL };
    char near[NEAREST_TEXT];
    if (count == 0)
        return err_set(e, ERR_USAGE, "inventory: check or list? (see: sftunnel-agent help inventory)");
    if (strcmp(given[0], "check") != 0 && strcmp(given[0], "list") != 0)
        return err_set(e, ERR_USAGE, "inventory: \"%.64s\" is neither check nor list%s", given[0],
            nearest_text(slice_of(given[0]), known, "", near));
    if (count > 1)
        return err_set(
            e, ERR_USAGE, "inventory %s: takes no \"%.256s\"; an inventory is named by -i FILE", given[0], given[1]);
    return ERR_OK;
}

static enum err_code set_option(struct request *r, enum option option, const char *value, struct err *e)
{
    switch (option) {
    case OPTION_INVENTORY: r->file = value; break;
    case OPTION_LIMIT: r->limit = value; break;
    case OPTION_STRICT: r->strict = true; break;
    case OPTION_JSON: r->json = true; break;
    case OPTION_COLOR: return output_color(&r->out, value, e);
    case OPTION_VERBOSE: r->out.verbosity = 1; break;
    }
    return ERR_OK;
}

static enum err_code load(const struct request *r, struct chosen *c, struct err *e)
{
    enum err_code rc = inventory_load(r->file, &c->inv, &c->exposed, e);
    if (rc != ERR_OK)
        return rc;
    c->devices = mem_zalloc(c->inv.n, sizeof *c->devices);
    rc = inventory_limit(&c->inv, r->limit, c->devices, e);
    for (size_t i = 0; i < c->inv.n; i++)
        c->n += c->devices[i];
    return rc;
}

static int run(int argc, char **argv)
{
    struct request r = { .file = INVENTORY_FILE };
    struct chosen c = { .exposed = false };
    struct err e = { 0 };
    const char *value = NULL;
    int at = 0, option, status = 0;
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK && (option = command_option(&inventory_command, argc, argv, &at, &value, &status)) >= 0)
        rc = set_option(&r, (enum option)option, value, &e);
    if (rc == ERR_OK && option == -2)
        return status;
    if (rc == ERR_OK)
        rc = check_words(argc - at, argv + at, &e);
    secrets_guard_process();
    if (rc == ERR_OK)
        rc = load(&r, &c, &e);
    if (rc != ERR_OK)
        status = command_fail(&e);
    else if (strcmp(argv[at], "check") == 0)
        status = check(&r, &c);
    else if (r.json)
        list_json(&c);
    else
        list_text(&r, &c);
    free(c.devices);
    inventory_clear(&c.inv);
    output_clear(&r.out);
    return status;
}

const struct command inventory_command = {
    .name = "inventory",
    .usage = "check|list [OPTION...]",
    .help = "check the list of appliances, or show which are meant",
    .detail = "  sftunnel-agent inventory check -i devices.csv            a fault, and its line\n"
              "  sftunnel-agent inventory list -i fleet.yaml --limit 'paris,!ftd-par-07'\n"
              "\n"
              "Reads the vendor's devices.csv (device_name, ipaddr, login, password; the first row is the FMC whose\n"
              "certificates are meant) or YAML with groups. No password is ever shown, and nothing is connected to.\n",
    .options = options,
    .run = run,
};
