/* SPDX-License-Identifier: BSD-2-Clause */
/* devices.csv: the vendor's four columns, and further ones by a header. */
#include "agent/remedy/csv.h"
#include "agent/remedy/inventory_parts.h"

#include "base/caps.h"
#include "base/nearest.h"

#define COLUMN_PASSWORD DEVICE_FIELD_COUNT

/* What people call them. */
static const struct {
    const char *name;
    int field;
} columns[] = {
    { "device_name", DEVICE_NAME },
    { "ipaddr", DEVICE_ADDRESS },
    { "login", DEVICE_USER },
    { "password", COLUMN_PASSWORD },
    { "name", DEVICE_NAME },
    { "address", DEVICE_ADDRESS },
    { "ip", DEVICE_ADDRESS },
    { "hostname", DEVICE_ADDRESS },
    { "user", DEVICE_USER },
    { "username", DEVICE_USER },
    { "role", DEVICE_ROLE },
    { "uuid", DEVICE_UUID },
    { "group", DEVICE_GROUPS },
    { "groups", DEVICE_GROUPS },
    { "tag", DEVICE_TAGS },
    { "tags", DEVICE_TAGS },
    { "port", DEVICE_PORT },
    { "jump", DEVICE_JUMP },
    { "auth", DEVICE_AUTH },
    { "become", DEVICE_BECOME },
    { "hostkey", DEVICE_HOST_KEY },
    { "host_key", DEVICE_HOST_KEY },
};
#define COLUMN_NAMES (sizeof columns / sizeof *columns)

struct table {
    struct inventory *inv;
    int column[CSV_FIELDS]; /* field by place */
    size_t n;
    bool headed; /* a header was there */
};

static int column_of(struct slice name)
{
    for (size_t i = 0; i < COLUMN_NAMES; i++)
        if (slice_eq_nocase(name, slice_of(columns[i].name)))
            return columns[i].field;
    return -1;
}

/* The header is a row of names, with or without # before it: its first column is the device's name. */
static bool is_header(const struct csv_row *row)
{
    return row->n > 1 && !row->quoted[0] && column_of(row->field[0]) == DEVICE_NAME && column_of(row->field[1]) >= 0;
}

static enum err_code take_header(struct table *t, const struct csv_row *row, struct err *e)
{
    const char *names[COLUMN_NAMES + 1] = { NULL };
    char near[NEAREST_TEXT];
    for (size_t i = 0; i < COLUMN_NAMES; i++)
        names[i] = columns[i].name;
    if (t->headed || t->inv->n)
        return err_set(e, ERR_DATA, "%s:%u: a header stands first, and once", t->inv->name, row->line);
    t->headed = true;
    t->n = row->n;
    bool address = false;
    for (size_t i = 0; i < row->n; i++) {
        struct slice name = row->field[i];
        t->column[i] = column_of(name);
        if (t->column[i] < 0)
            return err_set(e, ERR_DATA, "%s:%u: no column is called \"%.*s\"%s", t->inv->name, row->line,
                name.n > 64 ? 64 : (int)name.n, name.p, nearest_text(name, names, "", near));
        for (size_t k = 0; k < i; k++)
            if (t->column[k] == t->column[i])
                return err_set(e, ERR_DATA, "%s:%u: two columns mean the same, number %zu and %zu", t->inv->name,
                    row->line, k + 1, i + 1);
        address |= t->column[i] == DEVICE_ADDRESS;
    }
    if (!address)
        return err_set(e, ERR_DATA, "%s:%u: the header has no ipaddr", t->inv->name, row->line);
    return ERR_OK;
}

static enum err_code take_password(struct device *d, struct slice value, struct err *e)
{
    if (value.n == 0)
        return ERR_OK;
    if (value.n > CAP_NAME_BYTES)
        return err_set(e, ERR_DATA, "a password is at most %d bytes", CAP_NAME_BYTES);
    if (d->auth.kind != AUTH_NONE)
        return err_set(e, ERR_DATA, "it has a password and auth; one of them is enough");
    d->auth.kind = AUTH_PASSWORD;
    d->auth.password = secret_new(value);
    return ERR_OK;
}

/* Entries of a list are separated by blanks or semicolons here. */
static enum err_code take_list(struct device *d, enum device_field f, struct slice value, struct err *e)
{
    enum err_code rc = ERR_OK;
    while (value.n && rc == ERR_OK) {
        size_t n = 0;
        while (n < value.n && value.p[n] != ';' && value.p[n] != ' ' && value.p[n] != '\t')
            n++;
        if (n)
            rc = device_set(d, f, (struct slice){ value.p, n }, e);
        value = slice_from(value, n + 1);
    }
    return rc;
}

static enum err_code take_field(struct device *d, int column, struct slice value, struct err *e)
{
    if (column == COLUMN_PASSWORD)
        return take_password(d, value, e);
    if (value.n == 0 && column != DEVICE_NAME && column != DEVICE_ADDRESS)
        return ERR_OK;
    if (column == DEVICE_AUTH && d->auth.kind == AUTH_PASSWORD)
        return err_set(e, ERR_DATA, "it has a password and auth; one of them is enough");
    if (device_field_is_list((enum device_field)column))
        return take_list(d, (enum device_field)column, value, e);
    return device_set(d, (enum device_field)column, value, e);
}

/*
 * A row with more fields than columns is most often a password with a comma in it, one with fewer a line that was cut.
 * Either is refused: half a password is a failed login, and three of those lock the account.
 */
static enum err_code take_row(struct table *t, const struct csv_row *row, struct err *e)
{
    if (row->n > t->n)
        return err_set(e, ERR_DATA,
            "%s:%u: %zu fields, but %zu columns: a password with a comma in it goes between quotes", t->inv->name,
            row->line, row->n, t->n);
    if (row->n < t->n)
        return err_set(e, ERR_DATA,
            "%s:%u: %zu fields, but %zu columns: a field without a value is written as nothing between its commas",
            t->inv->name, row->line, row->n, t->n);
    if (t->inv->n == CAP_DEVICES)
        return err_set(e, ERR_LIMIT, "%s:%u: more than %d devices (cap devices)", t->inv->name, row->line, CAP_DEVICES);
    struct device *d = inventory_add(t->inv, row->line);
    for (size_t i = 0; i < row->n; i++) {
        enum err_code rc = take_field(d, t->column[i], row->field[i], e);
        if (rc != ERR_OK) {
            err_prefix(e, "%s:%u: field %zu", t->inv->name, row->line, i + 1);
            return rc;
        }
    }
    return ERR_OK;
}

static enum err_code read_rows(struct table *t, struct csv *c, struct err *e)
{
    struct csv_row row;
    enum err_code rc;
    while ((rc = csv_next(c, &row, e)) == ERR_OK && row.n) {
        if (is_header(&row))
            rc = take_header(t, &row, e);
        else if (!row.comment)
            rc = take_row(t, &row, e);
        if (rc != ERR_OK)
            return rc;
    }
    return rc;
}

enum err_code inventory_read_csv(struct inventory *inv, struct slice text, struct err *e)
{
    struct table t = { .inv = inv, .column = { DEVICE_NAME, DEVICE_ADDRESS, DEVICE_USER, COLUMN_PASSWORD }, .n = 4 };
    struct secret_room *room = secret_room_new(text.n);
    struct csv c;
    csv_begin(&c, inv->name, text, secret_room_bytes(room));
    enum err_code rc = read_rows(&t, &c, e);
    secret_room_free(room);
    if (rc != ERR_OK || inv->n == 0)
        return rc;
    struct device *first = &inv->devices[0];
    if (first->role == ROLE_FTD)
        return err_set(e, ERR_DATA, "%s:%u: %s is an FTD, but the first row is the FMC whose certificates are meant",
            inv->name, first->line, first->name);
    inv->source = first;
    return ERR_OK;
}
