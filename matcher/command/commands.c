/* The list of verbs. A new verb is its cmd_*.c and a row here. */
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"

extern const struct command cmd_match, cmd_dedupe, cmd_learn, cmd_suggest, cmd_review, cmd_cluster,
    cmd_explain, cmd_check, cmd_eval, cmd_run, cmd_merge, cmd_data_load, cmd_data_ls, cmd_data_rm,
    cmd_metrics, cmd_rules, cmd_map, cmd_topology, cmd_help, cmd_version, cmd_version_flag,
    cmd_complete;

/* In the order of help. Verbs of one family ("data load", "data ls") follow each other. */
static const struct command *const list[] = {
    &cmd_match,     &cmd_dedupe,  &cmd_learn,    &cmd_suggest, &cmd_review, &cmd_cluster,
    &cmd_explain,   &cmd_check,   &cmd_eval,     &cmd_run,     &cmd_mpi,    &cmd_merge,
    &cmd_data_load, &cmd_data_ls, &cmd_data_rm,  &cmd_metrics, &cmd_rules,  &cmd_topology,
    &cmd_version,   &cmd_map,     &cmd_complete, NULL,
};

const struct opts_table command_table = {
    .rows = opts_rows,
    .commands = list,
    .help = &cmd_help,
    .version = &cmd_version_flag,
};
