//! The real node: a Debian root booted by `systemd-nspawn`, the distribution's own `containerd.service`, real pods.
//! `README.md` beside this file shows how to run one test and how to inspect a node.

// The lints are for the program. A test may panic, read files and start processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod binaries;
mod causes;
mod check;
mod contention;
mod cri;
mod cut_short;
mod failing_pods;
mod full_disk;
mod gap;
mod harness;
mod in_place;
mod install;
mod lifecycle;
mod links;
mod network;
mod next_start;
#[allow(dead_code, reason = "the tier of what ships reboots nodes; this one does not")]
mod node;
mod npd;
mod order;
mod owners;
mod pending;
mod places;
mod pod;
mod power;
mod probe;
mod program;
mod readiness;
mod rig;
mod rollback;
mod runtime_values;
mod soak;
mod stamps;
mod status;
mod surprises;
mod systemd;
mod unchained;
mod watch;

/// Modules whose scenarios are about a boot, or restart containerd: each of them boots a node. The others share nodes.
const BOOTED: [&str; 7] = ["harness", "order", "cut_short", "power", "rollback", "full_disk", "pending"];

/// Makes a test of each scenario, a `fn(&Node)`, on a node of each release, or of the given releases.
macro_rules! on_nodes {
    ($($room:ident: $($scenario:ident),+;)+) => {
        mod v1_6 { $(on_nodes!(@room Bookworm, $room: $($scenario),+);)+ }
        mod v1_7 { $(on_nodes!(@room Trixie, $room: $($scenario),+);)+ }
        mod v2_1 { $(on_nodes!(@room Sid, $room: $($scenario),+);)+ }
    };
    (@room $release:ident, $room:ident: $($scenario:ident),+) => {
        mod $room {
            $(#[test]
            fn $scenario() {
                let is_booted = crate::BOOTED.contains(&stringify!($room));
                let on = if is_booted { crate::rig::on } else { crate::rig::on_shared };
                on(crate::rig::Release::$release, stringify!($scenario), crate::$room::$scenario);
            })+
        }
    };
}

on_nodes! {
    harness: a_fresh_node_says_cni_plugin_not_initialized,
             a_conflist_by_hand_gives_a_pod_its_network,
             the_chained_sysctl_is_seen_in_a_pod,
             max_conf_num_zero_gives_a_pod_two_networks,
             systemd_counts_a_restart_and_a_pod_survives_it,
             a_container_of_the_node_runs_to_its_exit_code,
             a_privileged_container_sees_the_processes_of_the_node,
             a_conflist_moved_in_is_not_loaded,
             a_replaced_conf_dir_is_not_watched,
             a_power_cut_takes_what_was_not_synced;
    install: on_the_host_a_late_primary_in_pieces_ends_in_a_chained_pod,
             in_a_container_a_late_primary_in_pieces_ends_in_a_chained_pod,
             privileged_with_the_host_s_processes_a_late_primary_ends_in_a_chained_pod,
             on_the_host_max_conf_num_zero_takes_exactly_one_restart,
             in_a_container_max_conf_num_zero_takes_exactly_one_restart,
             privileged_max_conf_num_zero_takes_exactly_one_restart,
             max_conf_num_one_takes_no_restart,
             a_running_pod_survives_the_restart;
    order: on_a_fresh_node_the_restart_is_over_before_the_primary_comes,
           in_a_container_the_restart_is_over_before_the_primary_comes,
           on_a_node_that_is_not_fresh_nothing_is_restarted_early,
           a_restart_keeps_its_distance_from_the_last_one,
           the_first_start_of_the_boot_holds_nothing_back,
           without_waiting_the_config_of_a_new_boot_is_brought_in_order,
           a_runtime_that_is_down_because_of_its_config_is_6_and_the_place,
           a_silent_runtime_is_told_and_no_binary_is_missed_elsewhere;
    owners: two_owners_share_one_chain_and_one_restart;
    lifecycle: a_second_run_writes_nothing_and_restarts_nothing,
               a_second_run_in_a_container_writes_nothing_and_restarts_nothing,
               a_run_with_nothing_to_do_starts_nothing_on_the_host,
               a_run_that_restarts_starts_no_second_containerd,
               a_dry_run_changes_nothing,
               uninstall_restores_the_config_and_the_primary,
               uninstall_twice_is_the_same_as_once;
    cut_short: killed_at_random_moments_and_run_again_the_node_ends_ready,
               sigterm_at_random_moments_leaves_a_node_that_works;
    check: a_fresh_node_is_not_initialized,
           a_chained_node_is_healthy,
           a_file_that_was_moved_in_is_not_loaded,
           an_empty_file_is_told_before_the_runtime_notices_it,
           values_older_than_the_file_need_a_restart,
           an_empty_result_is_told_where_its_pod_does_not_end,
           a_stopped_runtime_and_a_broken_config_are_told;
    gap: a_pod_made_before_the_chain_is_told_and_no_other;
    npd: the_condition_follows_the_node;
    readiness: the_conditions_of_others_follow_the_node;
    contention: who_undoes_the_chain_is_named_and_not_fought,
                two_watches_and_an_install_beside_them_keep_one_chain,
                two_owners_stay_in_two_containers,
                without_file_events_the_damage_is_found_by_polling;
    status: what_runs_is_shown_from_start_to_end;
    causes: a_conf_dir_that_points_elsewhere_is_named_and_mended,
            a_dead_runtime_is_judged_by_its_own_release,
            a_masked_unit_is_the_cause_and_not_a_silent_socket,
            a_runtime_that_was_never_heard_is_told_by_its_cause,
            a_list_that_was_moved_in_after_the_start_is_not_loaded;
    failing_pods: what_makes_every_pod_fail_is_an_error;
    next_start: every_verb_says_the_same_of_the_next_start,
                the_next_start_fails_as_it_was_told,
                each_remedy_that_is_a_command_mends_the_config,
                in_a_container_the_rest_is_named;
    surprises: a_primary_that_was_moved_in_ends_proven,
               a_chain_that_was_moved_in_ends_proven_without_a_restart,
               a_replaced_conf_dir_ends_proven,
               a_loaded_chain_is_kept_when_its_primary_is_gone;
    links: one_program_behind_all_plugins_keeps_its_pods;
    places: a_directory_in_which_the_runtime_does_not_look_is_refused,
            a_single_plugin_file_is_chained_and_healthy,
            an_uninstall_whose_primary_is_gone_is_8_until_it_is_back;
    binaries: a_text_file_as_plugin_is_waited_for_and_then_5;
    runtime_values: a_cgroup_driver_and_a_sandbox_image_are_live_and_rolled_back,
            the_kubelet_s_driver_is_taken_where_it_is_its_own,
            a_disabled_cri_is_mended_only_if_that_is_allowed,
            a_config_in_the_user_s_spelling_with_a_default_runtime_of_its_own;
    probe: a_pod_starts_and_nothing_is_left_of_it,
           each_defect_is_explained_and_nothing_is_left_of_its_pod,
           install_proves_the_chain_with_a_pod_once,
           an_install_whose_pods_fail_is_8,
           killed_while_a_pod_starts_the_next_run_removes_it;
    power: install_undoes_what_a_power_cut_left_and_says_so,
           the_early_unit_s_run_undoes_it_too,
           uninstall_undoes_it_and_the_rest,
           a_power_cut_after_which_the_runtime_comes_up_leaves_nothing_to_undo,
           uninstall_starts_a_runtime_that_its_config_keeps_down;
    rollback: a_refused_config_is_rolled_back_and_tried_again_after_somebody_s_restart,
              a_unit_that_does_not_come_back_is_rolled_back,
              killed_with_a_refused_config_the_switch_brings_the_node_back,
              killed_in_the_middle_of_the_restart_the_next_run_settles_it,
              a_signal_restarts_once_and_says_that_nothing_is_armed,
              without_a_restart_nothing_is_published_until_somebody_restarts,
              a_dry_run_names_the_units_that_restart_as_well_and_arms_nothing,
              what_the_host_s_containerd_refuses_to_read_is_not_published;
    in_place: the_chain_lies_in_the_primary_s_file_and_follows_its_writer,
              a_plugin_object_becomes_a_list_and_comes_back,
              what_a_writer_writes_into_the_replaced_file_is_not_lost;
    unchained: a_list_that_was_moved_in_is_loaded_without_a_restart,
               a_conf_dir_made_anew_is_loaded,
               two_networks_become_one_and_the_config_comes_back;
    watch: each_damage_is_repaired_and_proven,
           the_primary_is_followed_and_proven,
           sigterm_changes_nothing,
           the_probes_follow_the_node;
    full_disk: a_refused_config_on_a_full_disk_is_rolled_back,
               killed_with_a_refused_config_on_a_full_disk_the_timer_rolls_back;
    pending: a_harmless_pending_edit_is_taken_along_and_told,
             an_edit_that_cannot_be_compared_is_told_and_not_waited_for,
             a_file_that_is_being_written_is_waited_for,
             a_file_that_is_cut_while_containerd_reads_it_takes_one_restart_more,
             a_file_that_stays_cut_for_a_while_takes_one_restart_more,
             killed_between_the_two_restarts_of_a_cut_file_the_next_run_makes_the_second,
             a_defect_that_waits_on_disk_is_refused_before_the_restart;
}

mod only_v2_1 {
    on_nodes!(@room Sid, pending: a_runtime_that_ends_with_its_conf_dir_needs_no_restart);
    on_nodes!(@room Sid, places: what_a_directory_adds_to_the_network_is_judged_and_proven);
    on_nodes!(@room Sid, watch: a_file_in_the_directory_of_the_network_wakes_it);
    on_nodes!(@room Sid, harness: a_plugin_that_answers_code_50_makes_the_network_not_ready);
    on_nodes!(@room Sid, surprises: a_plugin_that_answers_code_50_does_not_block_the_install);
    on_nodes!(@room Sid, runtime_values: a_generated_config_is_left_alone_and_a_drop_in_that_it_imports_is_written,
                                   a_template_with_a_mistake_is_refused_before_containerd_knows_of_it);
}

mod only_v1_7 {
    on_nodes!(@room Trixie, check: a_conf_dir_of_an_overlay_is_not_taken_for_a_replaced_one);
    on_nodes!(@room Trixie, probe: with_the_systemd_driver_a_pod_starts, in_a_container_a_pod_proves_the_chain,
              a_plugin_that_may_ask_the_api_is_not_run, killed_at_any_moment_the_next_run_removes_the_pod,
              a_signal_removes_the_pod, a_pod_that_vanishes_gives_no_verdict);
    on_nodes!(@room Trixie, rollback: in_a_container_a_refused_config_is_rolled_back_and_not_tried_twice,
              privileged_a_refused_config_is_rolled_back_and_not_tried_twice,
              a_start_limit_is_respected_told_and_rolled_back,
              an_uninstall_whose_config_does_not_come_up_puts_ours_back,
              a_cri_that_does_not_come_up_is_disabled_again,
              privileged_killed_with_a_refused_config_the_switch_brings_the_node_back,
              privileged_a_unit_that_does_not_come_back_is_rolled_back,
              killed_in_a_restart_for_the_chain_the_switch_starts_the_runtime,
              what_somebody_else_writes_meanwhile_is_kept);
    on_nodes!(@room Trixie, full_disk: an_uninstall_on_a_full_disk_keeps_the_config_that_runs,
              on_a_disk_that_is_full_before_nothing_is_begun);
    on_nodes!(@room Trixie, pending: an_author_who_restarts_is_let_do_it, a_file_that_stays_empty_is_refused,
              a_dead_watch_is_no_reason_to_restart_on_a_defect,
              an_uninstall_onto_a_defect_is_refused_before_the_chain_goes);
    on_nodes!(@room Trixie, surprises: a_chain_that_is_undone_again_and_again_ends_with_exit_9);
    on_nodes!(@room Trixie, soak: damage_after_damage_is_repaired_and_it_costs_little,
              a_storm_of_events_costs_bounded_time_and_log);
}

mod only_1_x {
    on_nodes!(@room Bookworm, check: a_replaced_conf_dir_is_told);
    on_nodes!(@room Bookworm, pending: a_dead_watch_is_no_reason_to_restart_on_a_defect);
}
