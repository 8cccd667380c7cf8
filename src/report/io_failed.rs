//! Maps an error of the operating system to a failure: its code and its remedy.

use super::{Failure, FailureCode};
use crate::node::{IoFailed, Refusal};

impl From<&IoFailed> for Failure {
    fn from(failed: &IoFailed) -> Self {
        let (code, remedy) = remedy(failed.kind());
        Self::new(code, failed.to_string(), remedy)
    }
}

/// Files are never half written, so each remedy ends with another run.
const fn remedy(refusal: Refusal) -> (FailureCode, &'static str) {
    match refusal {
        Refusal::Denied => (
            FailureCode::AccessDenied,
            "run as root with CAP_DAC_OVERRIDE and CAP_CHOWN (SELinux hosts: as spc_t)",
        ),
        Refusal::NotPermitted => (
            FailureCode::NotPermitted,
            "run as root with CAP_CHOWN and CAP_FOWNER, and see with lsattr that it is not immutable (chattr -i)",
        ),
        Refusal::ReadOnly => (FailureCode::ReadOnlyMount, "mount it read-write"),
        Refusal::NoSpace => (
            FailureCode::NoSpace,
            "free space and inodes on that file system (df, df -i), and run this again; no file is half written",
        ),
        Refusal::Quota => (
            FailureCode::QuotaExceeded,
            "raise the quota of that file system or free some of it, and run it again; no file is half written",
        ),
        Refusal::NameTooLong => (FailureCode::NameTooLong, "use a shorter name"),
        Refusal::TooManyFiles => (
            FailureCode::TooManyOpenFiles,
            "raise the limit of open files (LimitNOFILE=, ulimit -n; for the whole node fs.file-max), and run it again",
        ),
        Refusal::TooManyProcesses => (
            FailureCode::TooManyProcesses,
            "raise the limit of processes (the pod's, pids.max, TasksMax=, ulimit -u), and run it again",
        ),
        Refusal::NoMemory => (FailureCode::OutOfMemory, "raise the memory limit, and run it again"),
        Refusal::LinkLoop => {
            (FailureCode::LinkLoop, "mend the symbolic links on that path; they form a circle")
        }
        Refusal::WrongKind => (
            FailureCode::WrongFileType,
            "look with ls -ld at what lies on that path, and move it away if nothing needs it",
        ),
        Refusal::Gone => (FailureCode::FileVanished, "it existed a moment ago; run this again"),
        Refusal::Device => (
            FailureCode::DeviceError,
            "look with dmesg at what is wrong with the disk; no file is half written",
        ),
        Refusal::Busy => {
            (FailureCode::FileBusy, "find with fuser the process that holds it, and run this again")
        }
        Refusal::Unsupported => {
            (FailureCode::NotSupported, "use a file system of the host and a seccomp profile that allow it")
        }
        Refusal::TimedOut => (
            FailureCode::LockTimeout,
            "find with fuser the process that holds it; end it or wait for it, and run this again",
        ),
        Refusal::Other => (FailureCode::SystemCallFailed, "no file is half written; run it again"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Exit;
    use super::*;

    #[test]
    fn what_is_missing_on_the_mount_or_in_the_pod_is_10_and_all_else_is_1() {
        let exit = |number| {
            let failed = IoFailed::at("/f", "written")(std::io::Error::from_raw_os_error(number));
            Failure::from(&failed).exit()
        };
        // EPERM, EACCES, EROFS.
        assert_eq!([1, 13, 30].map(exit), [Exit::Permission; 3]);
        // EIO, ENOSPC, ENAMETOOLONG, EMFILE, EDQUOT, and one without its own remedy.
        assert_eq!([5, 28, 36, 24, 122, 61].map(exit), [Exit::Unexpected; 6]);
    }
}
