/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder of a state: whose it is, who writes in it (a lock with the owner's pid), and what is set aside in it.
 * It knows files, not what is in them.
 */
#ifndef AGENT_STORE_PLACE_H
#define AGENT_STORE_PLACE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to do where something may not be written to. */
#define PLACE_NEXT "give the folder and what is in it to the user that this runs as (chown, chmod u+w), or name another"

struct place {
    char *folder;
    char *file;  /* STORE_FILE in it */
    int lock_fd; /* -1 */
    bool registered;
    bool was_damaged; /* the one before has left that word */
    bool begun;       /* there was a state in it: a file of no bytes has lost it */
    unsigned long long device, inode;
    struct place *next; /* of this process's */
};

/* Paths only; nothing is looked at. */
void place_init(struct place *p, const char *folder);
void place_clear(struct place *p);

/* Makes the folder if `make`, and refuses one that others may write to. ERR_NOINPUT: there is none. */
enum err_code place_folder(const struct place *p, bool make, struct err *e) __attribute__((warn_unused_result));

/*
 * One writer: ERR_LIMIT names the pid of the other. p must stay where it is until place_unlock(). A child made by
 * fork() does not share it, so a daemon takes it after its last fork.
 */
enum err_code place_lock(struct place *p, struct err *e) __attribute__((warn_unused_result));
void place_unlock(struct place *p);
/* For the next one who locks it: the file contradicts itself. Survives a kill and a power cut. */
void place_damaged(struct place *p);
/* Likewise that there is a state in it, or, once it was set aside or is gone, that there is none. */
void place_begun(struct place *p, bool begun);

enum place_file {
    PLACE_NONE,   /* neither file nor journal */
    PLACE_EMPTY,  /* a file of no bytes, no journal */
    PLACE_FILE,   /* a file with something in it */
    PLACE_ORPHAN, /* a journal whose file is missing or empty */
    PLACE_ODD,    /* a folder, a link, a device */
};
enum err_code place_look(const struct place *p, enum place_file *what, struct err *e)
    __attribute__((warn_unused_result));
bool place_is_writable(const struct place *p); /* the file, and the folder for its journals */
bool place_has_journal(const struct place *p);
/* An empty file that only we can read, if there is none; takes away what others may do with one that is there. */
enum err_code place_make_file(const struct place *p, struct err *e) __attribute__((warn_unused_result));
/* Renames the file and what belongs to it; name gets the new one (without folder). Keeps the latest few. */
enum err_code place_set_aside(const struct place *p, int64_t now, char *name, size_t size, struct err *e)
    __attribute__((warn_unused_result));
void place_sync(const struct place *p); /* what was made and renamed; best effort */

#endif
