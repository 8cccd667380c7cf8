//! The stable codes of failures, as one table: the exit code, the report's `code` and `docs/exit-codes.md` follow
//! from it.
//!
//! If a failure and a finding describe the same condition, they have the same name: `check` reports what `install`
//! fails on.

use crate::report::exit::Exit;

/// Defines a variant for each code, and the list of all codes.
macro_rules! failure_codes {
    ($($variant:ident $name:literal $exit:ident $meaning:literal;)*) => {
        /// The reason why a verb failed. It decides the exit code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FailureCode {
            $(#[doc = $meaning] $variant,)*
        }

        impl FailureCode {
            /// All codes, by exit code.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Stable kebab-case name: `code` in the report.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The exit code of a run with this failure.
            pub const fn exit(self) -> Exit {
                match self { $(Self::$variant => Exit::$exit,)* }
            }

            /// The meaning, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

failure_codes! {
    NoSpace "no-space" Unexpected "The file system has no space or no inodes left";
    QuotaExceeded "quota-exceeded" Unexpected "The quota of the file system is used up";
    NameTooLong "name-too-long" Unexpected "A file name is too long for the file system";
    TooManyOpenFiles "too-many-open-files" Unexpected "The limit of open files is too low";
    TooManyProcesses "too-many-processes" Unexpected "The limit of processes is too low";
    OutOfMemory "out-of-memory" Unexpected "The memory limit is too low";
    LinkLoop "link-loop" Unexpected "Symbolic links form a circle";
    WrongFileType "wrong-file-type" Unexpected "A file lies where a directory belongs, or the other way round";
    FileVanished "file-vanished" Unexpected "A file went away while it was used";
    DeviceError "device-error" Unexpected "The disk reports an error";
    FileBusy "file-busy" Unexpected "Another process keeps a file busy";
    NotSupported "not-supported" Unexpected "The file system, the kernel or seccomp does not allow a system call";
    LockTimeout "lock-timeout" Unexpected "Another instance holds the lock for too long";
    SystemCallFailed "system-call-failed" Unexpected "The operating system refused an operation for another reason";
    RecordUnusable "record-unusable" Unexpected "The owner's record is damaged, of a newer release or cannot be read";
    ConfDirReplaced "conf-dir-replaced" Unexpected "The conf dir of `watch` was deleted while it was mounted";
    SavedBytesDamaged "saved-bytes-damaged" Unexpected "The saved bytes of a replaced plugin binary are damaged";

    CommandLineInvalid "command-line-invalid" Usage "The command line is wrong: an option, its value or the verb";
    StandardInputUnreadable "standard-input-unreadable" Usage "`--plugin @-` or `--why -` cannot be read from standard input";
    PluginFileUnreadable "plugin-file-unreadable" Usage "The file given with `--plugin @FILE` cannot be read";
    PluginInvalid "plugin-invalid" Usage "A `--plugin` is not a plugin object";
    InstallBinInvalid "install-bin-invalid" Usage "An `--install-bin` is not `[NAME=]PATH`";
    InstallBinTwice "install-bin-twice" Usage "Two `--install-bin` have one name for different files";
    RuntimeEndpointInvalid "runtime-endpoint-invalid" Usage "`--runtime-endpoint` is not the path of a socket";
    OwnerMissing "owner-missing" Usage "No owner is named, and the node has records of others only";
    OwnerInvalid "owner-invalid" Usage "`--owner` cannot be the name of a file";
    PathWrittenTwice "path-written-twice" Usage "Two different files would be written to one path";
    LintInputUnreadable "lint-input-unreadable" Usage "A file or directory given to `lint` cannot be read";
    LintInputEmpty "lint-input-empty" Usage "The standard input of `lint` is empty";
    LintNoManifests "lint-no-manifests" Usage "A directory given to `lint` has no manifests";

    NoPrimary "no-primary" NoPrimary "No primary existed at the deadline";

    PrimaryInvalid "primary-invalid" InvalidPrimary "The runtime would not load the primary, at the deadline";

    ConfDirElsewhere "conf-dir-elsewhere" Refused "The runtime does not load networks from `--conf-dir`";
    BinDirElsewhere "bin-dir-elsewhere" Refused "The runtime does not look for plugins in `--bin-dir`";
    BinaryShadowed "binary-shadowed" Refused "The runtime would run another binary of the same name";
    OwnerUnknown "owner-unknown" Refused "The record of another owner cannot be used";
    ChainOfAnotherOwner "chain-of-another-owner" Refused "Another owner's chain has another directory or layout";
    OwnersDisagree "owners-disagree" Refused "Two owners want different values of what a node has once";
    PrimaryIsMetaPlugin "primary-is-meta-plugin" Refused "The primary belongs to a meta-plugin, and was not named";
    PrimaryIsOwnChain "primary-is-own-chain" Refused "The file that `--primary` names is a chain of cni-bootstrap";
    PluginRunsTwice "plugin-runs-twice" Refused "The plugin would run twice for each pod";
    PluginAmbiguous "plugin-ambiguous" Refused "The primary has several plugins that `--plugin` could replace";
    PositionUnknown "position-unknown" Refused "The primary has no plugin of the type that `--position` names";
    ChainInvalid "chain-invalid" Refused "The runtime would not load the composed chain";
    OutputFileInvalid "output-file-invalid" Refused "`--output-file` is not a name that the runtime loads first";
    OutputPathOccupied "output-path-occupied" Refused "Something else lies at the path of the chain";
    PrimaryBroughtBack "primary-brought-back" Refused "The primary's writer brings its plugin object back, beside the chain in its place";
    NetworkFileInvalid "network-file-invalid" Refused "A file that the runtime adds to the network does not load";
    NetworkNameInvalid "network-name-invalid" Refused "The runtime would fail each pod because of the network's name";
    SeveralNetworks "several-networks" Refused "Every pod would get several networks";
    InstallBinMissing "install-bin-missing" Refused "A file of `--install-bin` or `--plugin` is still missing at the deadline";
    PluginMissing "plugin-missing" Refused "A plugin binary is still missing at the deadline";
    PluginNotExecutable "plugin-not-executable" Refused "A plugin binary is not executable";
    PluginDamaged "plugin-damaged" Refused "A plugin binary is not a program, or is still being written";
    PluginArchitecture "plugin-wrong-architecture" Refused "A plugin binary is for another architecture";
    PluginInterpreter "plugin-interpreter-missing" Refused "The loader or interpreter of a plugin binary is missing";
    PluginNoExec "plugin-on-noexec-mount" Refused "A plugin binary lies on a mount with noexec";
    PluginVersion "plugin-cni-version" Refused "A plugin does not support the network's cniVersion";
    BinaryPathOccupied "binary-path-occupied" Refused "A directory lies at the path of a plugin binary";
    PathAmongHostFiles "path-among-host-files" Refused "A chain or binary would lie among the host's own files";
    ErrorByChain "error-by-chain" Refused "With the chain `check` would find an error that the node does not have";
    PodNeedsApi "pod-needs-api" Refused "`--verify pod`, and a plugin may need the Kubernetes API for a pod";
    RecordTooLarge "record-too-large" Refused "The record would be larger than its limit";

    RuntimeConfigRefused "runtime-config-refused" Config "containerd does not start with its config";
    WillNotComeUp "runtime-will-not-come-up" Config "The runtime would not come up with its config";
    RuntimeImportMissing "runtime-import-missing" Config "containerd's config imports a file that does not exist";
    CriDisabled "cri-disabled" Config "The runtime's config disables CRI";
    DefaultRuntimeMissing "default-runtime-missing" Config "`default_runtime_name` names a runtime that does not exist";
    CriPluginFailed "cri-plugin-failed" Config "containerd runs without CRI, and its config does not say why";
    ConfigNotPatchable "config-not-patchable" Config "The runtime's config cannot be patched safely";
    ConfigAmongHostFiles "config-among-host-files" Config "The runtime's config lies among the host's own files";
    ConfigPathUnknown "config-path-unknown" Config "The config file that containerd was started with is not known";
    ConfigUnsettled "config-unsettled" Config "The runtime's config is written again and again";
    ConfigEmpty "config-empty" Config "The runtime's config was emptied and not written again";
    PendingEditNotJudged "pending-edit-not-judged" Config "Somebody's edit of the config cannot be judged";
    ConfTemplateMissing "conf-template-missing" Config "The file given with `--conf-template` does not exist";
    ConfTemplateInvalid "conf-template-invalid" Config "The file given with `--conf-template` would not make a network";
    RuntimeNotSupported "runtime-not-supported" Config "The config of this runtime is not known";
    RuntimeValueUnknown "runtime-value-unknown" Config "The runtime does not report a value that was to be set";

    RestartFailed "restart-failed" Restart "The runtime did not come back from the restart for the chain";
    RestartRolledBack "restart-rolled-back" Restart "The runtime did not come up with the new config, which was rolled back";
    RollbackFailed "rollback-failed" Restart "The config was rolled back, and the runtime is still not up";
    RestartsExhausted "restarts-exhausted" Restart "Too many restarts failed since this boot";
    RestartDisturbed "restart-disturbed" Restart "Another program wrote the config during each restart";

    ChainNotConfirmed "chain-not-confirmed" Unconfirmed "The runtime does not confirm the chain";
    PodDoesNotStart "pod-does-not-start" Unconfirmed "A pod does not start on the chain (`--verify pod`)";
    PrimaryNotConfirmed "primary-not-confirmed" Unconfirmed "After `uninstall` the runtime does not confirm the primary";
    PrimaryDoesNotLoad "primary-does-not-load" Unconfirmed "After `uninstall` the primary does not load";
    NoPrimaryLeft "no-primary-left" Unconfirmed "After `uninstall` no network configuration is left";
    ConfigOverridden "config-overridden" Unconfirmed "Another file overrides the value that was set for the runtime";
    RestartForbidden "restart-forbidden" Unconfirmed "The runtime must be restarted, but `--restart never` forbids it";
    SecondRestartNeeded "second-restart-needed" Unconfirmed "The runtime must be restarted a second time in this run";

    ChangeUndone "change-undone" Contended "Another program undoes the same change again and again";
    FileKeepsChanging "file-keeps-changing" Contended "Another program writes a file before each change of it";

    AccessDenied "access-denied" Permission "The program may not read or write a file";
    NotPermitted "not-permitted" Permission "A capability is missing, or a file is immutable";
    ReadOnlyMount "read-only-mount" Permission "A file system is mounted read-only";
    MountMissing "mount-missing" Permission "A directory of the host is not mounted";
    PathUnseen "path-unseen" Permission "A path that the plan needs is not visible";
    OwnDirUntrusted "own-directory-untrusted" Permission "Others may write to a directory of the program's own";
    ConfDirUnreadable "conf-dir-unreadable" Permission "The directory of the primary cannot be read";
    RuntimeNotRunning "runtime-not-running" Permission "The runtime does not answer on its socket";
    SupervisorUnknown "supervisor-unknown" Permission "The program cannot find out what starts the runtime";
    NoRestartMethod "no-restart-method" Permission "No restart method works";
    ProcMissing "proc-missing" Permission "`/proc` is not mounted";
    HostRootUnusable "host-root-unusable" Permission "`--host-root` cannot be opened";
}
