//! Examples: what the events of a manifest look like on the wire, in its own protocols and in any other.
//!
//! Promises: made by the code that sends, from the manifest's examples, about nobody, so without the salt; nothing is sent, written or waited for. Absent:
//! what waits (`preview`).

use crate::actions::context::{Context, Tool};
use crate::actions::preview::{self, Preview, Which};
use crate::consent::answer::Withheld;
use crate::identity::places::Places;
use crate::manifest::catalog::Origin;
use crate::manifest::forms::ProtocolName;
use crate::manifest::parse::{self, Problem, Written};
use crate::manifest::stand_in;
use crate::manifest::tool::Manifest;
use crate::payload::digest::Digest;
use crate::payload::google_analytics::View;
use crate::payload::said::Said;
use crate::queue::sealed::Request;

/// In which protocols a manifest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// Each destination in its own.
    Own,
    /// In this one.
    Protocol(ProtocolName),
    /// As Google Analytics would be told.
    View(View),
    /// In all of them.
    All,
}

impl Tongue {
    /// The words for it, but for [`Self::Own`].
    #[must_use]
    pub fn words() -> Vec<&'static str> {
        let views = View::ALL.map(View::as_str);
        ProtocolName::ALL.map(ProtocolName::as_str).into_iter().chain(views).chain(["all"]).collect()
    }

    /// What the word stands for.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let protocol = ProtocolName::ALL.into_iter().find(|one| one.as_str() == word).map(Self::Protocol);
        let view = || View::ALL.into_iter().find(|one| one.as_str() == word).map(Self::View);
        protocol.or_else(view).or_else(|| (word == "all").then_some(Self::All))
    }
}

/// A manifest told in one protocol.
#[derive(Debug, Clone)]
pub struct Example {
    /// The protocol.
    pub protocol: &'static str,
    /// What of it is made up, as the manifest does not say it.
    pub stand_ins: Vec<String>,
    /// Whether it is shown only, and can be no destination's.
    pub view_only: bool,
    /// The payload; else why the manifest cannot be told so.
    pub payload: Result<Preview, Vec<Problem>>,
}

/// The examples of `written`, a valid manifest, of the events that go to `destination`, or of all.
#[must_use]
pub fn examples(
    context: &Context,
    written: &Written,
    manifest: &Manifest,
    tongue: Tongue,
    destination: Option<&str>,
) -> Vec<Example> {
    let tool = |manifest: Manifest| Tool {
        places: Places::of(&context.paths, &manifest.tool),
        origin: Origin::BuiltIn,
        manifest,
        #[cfg(feature = "foreign")]
        given: crate::actions::foreign::given::Given::default(),
    };
    match tongue {
        Tongue::Own => own(context, &tool(manifest.clone()), &|name| destination.is_none_or(|wanted| wanted == name)),
        Tongue::View(view) => vec![viewed(context, &tool(manifest.clone()), view, destination)],
        Tongue::Protocol(protocol) => {
            let told = stand_in::told(written, protocol, destination);
            let failed = |problems| Example {
                protocol: protocol.as_str(),
                stand_ins: told.stand_ins.clone(),
                view_only: false,
                payload: Err(problems),
            };
            let standing = !told.stand_ins.is_empty();
            let wanted = |name: &str| standing || destination.is_none_or(|wanted| wanted == name);
            match parse::check(&told.written) {
                Err(problems) => vec![failed(problems)],
                Ok(manifest) => {
                    let mut examples = own(context, &tool(manifest), &wanted);
                    examples.retain(|example| example.protocol == protocol.as_str());
                    examples.iter_mut().for_each(|example| example.stand_ins.clone_from(&told.stand_ins));
                    examples
                }
            }
        }
        Tongue::All => {
            let protocols = ProtocolName::ALL.map(Tongue::Protocol).into_iter();
            let mut all = Vec::new();
            for tongue in protocols.chain(View::ALL.map(Tongue::View)) {
                all.extend(examples(context, written, manifest, tongue, destination));
            }
            all
        }
    }
}

/// Each destination that is wanted, in its own protocol.
fn own(context: &Context, tool: &Tool, wanted: &dyn Fn(&str) -> bool) -> Vec<Example> {
    let nobody = preview::nobody(&tool.manifest);
    let mut examples = Vec::new();
    for destination in tool.manifest.destinations.iter().filter(|one| wanted(one.name.as_str())) {
        examples.push(Example {
            protocol: destination.form.speech.protocol().as_str(),
            stand_ins: Vec::new(),
            view_only: false,
            payload: Ok(preview::example_about(context, tool, destination, &nobody, None)),
        });
    }
    examples
}

fn viewed(context: &Context, tool: &Tool, view: View, destination: Option<&str>) -> Example {
    let (who, withheld, manifest) = (preview::nobody(&tool.manifest), Withheld::default(), &tool.manifest);
    let goes = |to: &str| destination.is_none_or(|wanted| wanted == to);
    let mut events = Vec::new();
    for declared in manifest.events.iter().filter(|event| event.destinations.iter().any(|to| goes(to.as_str()))) {
        events.push(preview::example_event(context, tool, declared, None));
    }
    let said: Vec<Said<'_>> =
        events.iter().map(|event| Said { manifest, event, who: &who, withheld: &withheld }).collect();
    let body = view.body(&said);
    let taken = view.taken(said.len());
    let shown: Vec<&str> = events.iter().take(taken).map(|event| event.name.as_str()).collect();
    let headers = [("content-type", view.content_type())];
    let payload = Preview {
        destination: view.as_str().to_owned(),
        which: Which::Example,
        request: Request {
            method: "POST".to_owned(),
            address: view.address().to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        },
        opened: view.opened(&body),
        digest: Digest::of(&body),
        body,
        events: taken,
        collected: manifest.collected(|event| shown.contains(&event.name.as_str())),
        withheld: Vec::new(),
    };
    let stand_ins = view.stand_ins().iter().map(|key| (*key).to_owned()).collect();
    Example { protocol: view.as_str(), stand_ins, view_only: true, payload: Ok(payload) }
}
