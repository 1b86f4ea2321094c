#pragma once

#include "core/commit.hpp"
#include "tools/replay/verbs/verb.hpp"

// Every verb of horae-replay, in the order in which --help shows them. Each adds its subcommand to
// the app; common is read when it answers.
namespace horae::replay {

using MakeVerb = Verb (*)(cli::Command& app, const Common& common);

Verb state_verb(cli::Command& app, const Common& common);
Verb verify_verb(cli::Command& app, const Common& common);
Verb log_verb(cli::Command& app, const Common& common);
Verb watch_verb(cli::Command& app, const Common& common);
Verb stats_verb(cli::Command& app, const Common& common);
Verb why_verb(cli::Command& app, const Common& common);
Verb diff_verb(cli::Command& app, const Common& common);
Verb blame_verb(cli::Command& app, const Common& common);
Verb bisect_verb(cli::Command& app, const Common& common);
Verb quorum_verb(cli::Command& app, const Common& common);
Verb schedule_verb(cli::Command& app, const Common& common);
Verb statement_verb(cli::Command& app, const Common& common);
Verb export_verb(cli::Command& app, const Common& common);
Verb import_verb(cli::Command& app, const Common& common);
Verb backup_verb(cli::Command& app, const Common& common);
Verb prove_verb(cli::Command& app, const Common& common);
Verb check_proof_verb(cli::Command& app, const Common& common);
Verb check_evidence_verb(cli::Command& app, const Common& common);
Verb evidence_verb(cli::Command& app, const Common& common);
Verb penalties_verb(cli::Command& app, const Common& common);
Verb rewards_verb(cli::Command& app, const Common& common);
/// The one verb that needs something of main's: the commit that the binary was built from.
Verb version_verb(cli::Command& app, const BuildCommit& commit);

inline constexpr MakeVerb verbs[] = {
    state_verb,           // state_verb.cpp
    verify_verb,          // verify_verb.cpp
    log_verb,             // log_verb.cpp
    watch_verb,           // watch.cpp
    stats_verb,           // stats.cpp
    why_verb,             // why.cpp
    diff_verb,            // diff.cpp
    blame_verb,           // blame.cpp
    bisect_verb,          // bisect.cpp
    quorum_verb,          // quorum.cpp
    schedule_verb,        // schedule.cpp
    statement_verb,       // account_verb.cpp
    export_verb,          // export_verbs.cpp
    import_verb,          // export_verbs.cpp
    backup_verb,          // backup.cpp
    prove_verb,           // proof_verbs.cpp
    check_proof_verb,     // proof_verbs.cpp
    check_evidence_verb,  // evidence_verbs.cpp
    evidence_verb,        // evidence_verbs.cpp
    penalties_verb,       // statement_verbs.cpp
    rewards_verb,         // statement_verbs.cpp
};

}  // namespace horae::replay
