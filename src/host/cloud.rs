//! The cloud that this machine runs in, and its region there, from variables and files of the machine.
//!
//! Promises: the cloud is a word of the tables here; a region is copied only when it reads as one (see [`is_region`]), whatever a
//! variable or file holds. A variable such as `AWS_REGION`, which people set on their own machines too, counts only beside one that
//! the cloud alone sets. Absent: the network, metadata services above all; accounts, zones, names of machines and projects.

use std::path::Path;

use serde::Deserialize;

use crate::host::env::Env;
use crate::host::files;

/// A cloud, and the region in it where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloud {
    /// Its name, from a closed list: OpenTelemetry's `cloud.provider` where that has one.
    pub name: &'static str,
    /// The region, as the cloud writes it.
    pub region: Option<String>,
}

/// How a variable tells of a cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// It is there and not empty.
    Set,
    /// The same, outside Kubernetes: others set it there.
    SetOutsideKubernetes,
    /// Exactly this value.
    Is(&'static str),
    /// A value that begins so.
    Begins(&'static str),
}

/// How a variable writes a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// As it is sent.
    AsSent,
    /// In words, such as `West Europe` for `westeurope`.
    InWords,
}

/// Variables that a cloud sets for what runs in it: the variable, what it says, the cloud, and where its region stands. Platforms that
/// run in another's cloud stand before it. Source: each platform's own documentation of its environment.
const VARIABLES: &[(&str, Sign, &str, &[&str], Writing)] = &[
    ("VERCEL_REGION", Sign::Set, "vercel", &["VERCEL_REGION"], Writing::AsSent),
    ("FLY_REGION", Sign::Set, "fly", &["FLY_REGION"], Writing::AsSent),
    ("DYNO", Sign::Set, "heroku", &[], Writing::AsSent),
    ("RENDER", Sign::Is("true"), "render", &[], Writing::AsSent),
    ("RAILWAY_ENVIRONMENT_ID", Sign::Set, "railway", &["RAILWAY_REPLICA_REGION"], Writing::AsSent),
    ("AWS_EXECUTION_ENV", Sign::Begins("AWS_"), "aws", AWS, Writing::AsSent),
    ("AWS_EXECUTION_ENV", Sign::Is("CloudShell"), "aws", AWS, Writing::AsSent),
    // Lambda's own runtimes leave AWS_EXECUTION_ENV out, and so do some of ECS's.
    ("AWS_LAMBDA_FUNCTION_NAME", Sign::Set, "aws", AWS, Writing::AsSent),
    ("ECS_CONTAINER_METADATA_URI_V4", Sign::Set, "aws", AWS, Writing::AsSent),
    // Cloud Run and Cloud Functions; Knative in anybody's Kubernetes sets it as well.
    ("K_SERVICE", Sign::SetOutsideKubernetes, "gcp", &["FUNCTION_REGION"], Writing::AsSent),
    ("CLOUD_RUN_JOB", Sign::Set, "gcp", &[], Writing::AsSent),
    ("GAE_ENV", Sign::Set, "gcp", &[], Writing::AsSent),
    ("WEBSITE_SITE_NAME", Sign::Set, "azure", &["REGION_NAME"], Writing::InWords),
    ("CONTAINER_APP_REVISION", Sign::Set, "azure", &[], Writing::AsSent),
];

const AWS: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The set of variables that Kubernetes gives every container.
const KUBERNETES: &str = "KUBERNETES_SERVICE_HOST";

/// What cloud-init wrote about where the machine was started; what is secret in it is left out by cloud-init, for all to read.
const INSTANCE: &str = "run/cloud-init/instance-data.json";
/// Largest such file, bytes: with the merged configuration in it, it has some 30 KB.
const INSTANCE_LIMIT: usize = 1024 * 1024;

/// Names that cloud-init has for clouds (`v1.cloud_id`), and ours. Source: its `cloud-id` and the names of its data sources.
const INSTANCES: &[(&str, &str)] = &[
    ("aws", "aws"),
    ("aws-china", "aws"),
    ("aws-gov", "aws"),
    ("gce", "gcp"),
    ("azure", "azure"),
    ("azure-china", "azure"),
    ("azure-gov", "azure"),
    ("aliyun", "alibaba_cloud"),
    ("akamai", "akamai_cloud"),
    ("digitalocean", "digitalocean"),
    ("exoscale", "exoscale"),
    ("hetzner", "hetzner"),
    ("ibmcloud", "ibm_cloud"),
    ("oracle", "oracle_cloud"),
    ("scaleway", "scaleway"),
    ("upcloud", "upcloud"),
    ("vultr", "vultr"),
];

/// Where the firmware says who made the machine.
const FIRMWARE: &str = "sys/class/dmi/id";
/// Longest such file, bytes.
const FIRMWARE_LIMIT: usize = 256;

/// Files of the firmware, how what they hold begins, and the cloud. Source: cloud-init's `ds-identify`, and Amazon's page on how to
/// tell an EC2 instance.
const MACHINES: &[(&str, &str, &str)] = &[
    ("sys_vendor", "Amazon EC2", "aws"),
    ("bios_vendor", "Amazon EC2", "aws"),
    ("product_name", "Google Compute Engine", "gcp"),
    ("chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77", "azure"),
    ("chassis_asset_tag", "OracleCloud.com", "oracle_cloud"),
    ("chassis_asset_tag", "HUAWEICLOUD", "huawei_cloud"),
    ("product_name", "Alibaba Cloud ECS", "alibaba_cloud"),
    ("product_name", "Exoscale", "exoscale"),
    ("sys_vendor", "Akamai", "akamai_cloud"),
    ("sys_vendor", "Linode", "akamai_cloud"),
    ("sys_vendor", "DigitalOcean", "digitalocean"),
    ("sys_vendor", "Hetzner", "hetzner"),
    ("sys_vendor", "Scaleway", "scaleway"),
    ("sys_vendor", "UpCloud", "upcloud"),
    ("sys_vendor", "Vultr", "vultr"),
];

/// The cloud that `env` or the files below `root` tell of, if any: first the variables, then cloud-init, then the firmware.
#[must_use]
pub fn cloud(env: &Env, root: &Path) -> Option<Cloud> {
    by_variables(env).or_else(|| by_instance(root)).or_else(|| by_firmware(root))
}

/// The names that [`cloud`] can give, sorted, without repeats.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let variables = VARIABLES.iter().map(|(_, _, name, _, _)| *name);
    let instances = INSTANCES.iter().map(|(_, name)| *name);
    let mut names: Vec<_> = variables.chain(instances).chain(MACHINES.iter().map(|(_, _, name)| *name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether a text reads as a region: a lower-case letter, then up to 31 of `a-z 0-9 -`.
#[must_use]
pub fn is_region(text: &str) -> bool {
    text.len() <= 32
        && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn by_variables(env: &Env) -> Option<Cloud> {
    let (_, _, name, regions, writing) = VARIABLES.iter().find(|(variable, sign, ..)| shows(env, variable, *sign))?;
    let region = |variable: &&str| match writing {
        Writing::AsSent => env.text(variable).map(str::to_owned),
        Writing::InWords => env.text(variable).map(|text| text.replace(' ', "").to_ascii_lowercase()),
    };
    Some(Cloud { name, region: regions.iter().filter_map(region).find(|text| is_region(text)) })
}

fn shows(env: &Env, variable: &str, sign: Sign) -> bool {
    let Some(value) = env.text(variable) else { return false };
    match sign {
        Sign::Set => true,
        Sign::SetOutsideKubernetes => env.text(KUBERNETES).is_none(),
        Sign::Is(word) => value == word,
        Sign::Begins(start) => value.starts_with(start),
    }
}

#[derive(Deserialize)]
struct Instance {
    v1: Told,
}

#[derive(Deserialize)]
struct Told {
    cloud_id: Option<String>,
    region: Option<String>,
}

fn by_instance(root: &Path) -> Option<Cloud> {
    let bytes = files::read(&root.join(INSTANCE), INSTANCE_LIMIT).ok()??;
    let told = serde_json::from_slice::<Instance>(&bytes).ok()?.v1;
    let (_, name) = INSTANCES.iter().find(|(id, _)| told.cloud_id.as_deref() == Some(*id))?;
    Some(Cloud { name, region: told.region.filter(|region| is_region(region)) })
}

fn by_firmware(root: &Path) -> Option<Cloud> {
    let folder = root.join(FIRMWARE);
    if !files::is_folder(&folder) {
        return None;
    }
    let read = |file| (file, files::read(&folder.join(file), FIRMWARE_LIMIT).ok().flatten().unwrap_or_default());
    let held = ["sys_vendor", "bios_vendor", "product_name", "chassis_asset_tag"].map(read);
    let begins =
        |file, start: &str| held.iter().any(|(name, bytes)| *name == file && bytes.starts_with(start.as_bytes()));
    let (_, _, name) = MACHINES.iter().find(|(file, start, _)| begins(*file, start))?;
    Some(Cloud { name, region: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, text).expect("a file");
        }
        root
    }

    fn told(env: &[(&str, &str)], files: &[(&str, &str)]) -> Option<(&'static str, Option<String>)> {
        let cloud = cloud(&Env::of(env.iter().copied()), root(files).path());
        cloud.map(|cloud| (cloud.name, cloud.region))
    }

    #[test]
    fn a_cloud_is_told_by_what_it_alone_sets() {
        for (env, expected) in [
            (&[][..], None),
            // Everybody sets these at home.
            (&[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-west-1")], None),
            (&[("GOOGLE_CLOUD_PROJECT", "secret-plans"), ("REGION_NAME", "West Europe")], None),
            (&[("AWS_EXECUTION_ENV", "CloudShellish")], None),
            (&[("FLY_REGION", ""), ("DYNO", "")], None),
            (
                &[("AWS_EXECUTION_ENV", "AWS_Lambda_python3.12"), ("AWS_REGION", "eu-west-1")],
                Some(("aws", Some("eu-west-1"))),
            ),
            (
                &[("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE"), ("AWS_DEFAULT_REGION", "us-east-2")],
                Some(("aws", Some("us-east-2"))),
            ),
            (&[("AWS_EXECUTION_ENV", "CloudShell")], Some(("aws", None))),
            (&[("AWS_LAMBDA_FUNCTION_NAME", "f"), ("AWS_REGION", "")], Some(("aws", None))),
            (&[("K_SERVICE", "shop"), ("FUNCTION_REGION", "europe-west1")], Some(("gcp", Some("europe-west1")))),
            (&[("K_SERVICE", "shop"), ("KUBERNETES_SERVICE_HOST", "10.0.0.1")], None),
            (&[("WEBSITE_SITE_NAME", "shop"), ("REGION_NAME", "West Europe")], Some(("azure", Some("westeurope")))),
            (&[("FLY_REGION", "ams")], Some(("fly", Some("ams")))),
            (&[("DYNO", "web.1")], Some(("heroku", None))),
            (
                &[
                    ("VERCEL_REGION", "iad1"),
                    ("AWS_EXECUTION_ENV", "AWS_Lambda_nodejs20.x"),
                    ("AWS_REGION", "us-east-1"),
                ],
                Some(("vercel", Some("iad1"))),
            ),
            (&[("RENDER", "1")], None),
        ] {
            let expected = expected.map(|(name, region)| (name, region.map(str::to_owned)));
            assert_eq!(told(env, &[]), expected, "{env:?}");
        }
    }

    #[test]
    fn a_region_that_does_not_read_as_one_is_left_out() {
        let long = "a".repeat(33);
        for region in [
            "EU-WEST-1",
            "eu west 1",
            "eu_west_1",
            "1eu",
            "-eu",
            "eu/west",
            "ada@example.org",
            "é",
            "eu\u{1b}[31m",
            &long,
        ] {
            assert_eq!(told(&[("FLY_REGION", region)], &[]), Some(("fly", None)), "{region:?}");
        }
        assert!(is_region(&"a".repeat(32)));
        // The first of two that does not read as one leaves the word to the second.
        let both =
            [("AWS_EXECUTION_ENV", "AWS_ECS_EC2"), ("AWS_REGION", "My Region"), ("AWS_DEFAULT_REGION", "eu-west-3")];
        assert_eq!(told(&both, &[]), Some(("aws", Some("eu-west-3".to_owned()))));
    }

    #[test]
    fn a_machine_is_told_by_its_files() {
        let dmi = |name: &'static str| match name {
            "vendor" => "sys/class/dmi/id/sys_vendor",
            "product" => "sys/class/dmi/id/product_name",
            _ => "sys/class/dmi/id/chassis_asset_tag",
        };
        for (file, text, expected) in [
            (dmi("vendor"), "Amazon EC2\n", Some("aws")),
            (dmi("vendor"), "LENOVO\n", None),
            (dmi("vendor"), "Microsoft Corporation\n", None),
            (dmi("tag"), "7783-7084-3265-9085-8269-3286-77\n", Some("azure")),
            (dmi("tag"), "OracleCloud.com\n", Some("oracle_cloud")),
            (dmi("product"), "Google Compute Engine\n", Some("gcp")),
            (dmi("product"), "OpenStack Nova\n", None),
            (dmi("vendor"), "Hetzner\n", Some("hetzner")),
        ] {
            assert_eq!(told(&[], &[(file, text)]).map(|(name, _)| name), expected, "{file} {text}");
        }
        let firmware = [(dmi("vendor"), "Amazon EC2\n")];
        assert_eq!(
            told(&[("AWS_REGION", "eu-west-1")], &firmware),
            Some(("aws", None)),
            "it is where somebody asks, not where this is"
        );
        assert_eq!(told(&[("DYNO", "web.1")], &firmware), Some(("heroku", None)), "variables come first");
    }

    #[test]
    fn cloud_init_knows_the_region() {
        let instance = |text| told(&[], &[(INSTANCE, text), ("sys/class/dmi/id/sys_vendor", "Vultr\n")]);
        let (aws, vultr) = (Some(("aws", Some("us-east-2".to_owned()))), Some(("vultr", None)));
        assert_eq!(
            instance(r#"{"base64":[],"v1":{"cloud_id":"aws","instance_id":"i-1","region":"us-east-2"},"ds":{}}"#),
            aws
        );
        assert_eq!(instance(r#"{"v1":{"cloud_id":"aws","region":"us east"}}"#), Some(("aws", None)));
        assert_eq!(instance(r#"{"v1":{"cloud_id":"aws","region":null}}"#), Some(("aws", None)));
        // What is no cloud of ours, or no such file, leaves the word to the firmware.
        for text in [
            r#"{"v1":{"cloud_id":"nocloud","region":"home"}}"#,
            r#"{"v1":{"cloud_id":"my own"}}"#,
            r#"{"v1":"#,
            "",
            "[]",
        ] {
            assert_eq!(instance(text), vultr, "{text}");
        }
    }

    #[test]
    fn names_of_clouds_are_a_closed_list() {
        let names = names();
        assert!(names.len() > 15 && names.contains(&"aws"), "{names:?}");
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')), "{names:?}");
    }
}
