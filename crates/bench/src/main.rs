//! The command `vestibule-bench`: measures, prints the table, and ends with 0 unless the measurement itself failed.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Parser;
use vestibule_bench::{
    goal::Goal,
    plan::{Options, Plan},
    report::{self, Report},
};

/// Measure the goals of performance on the real server. Minutes; longer the first time, when stores are filled.
#[derive(Debug, Parser)]
#[command(name = "vestibule-bench")]
struct Arguments {
    /// Every count that a goal names: 100,000 logins for memory.
    #[arg(long)]
    long: bool,
    /// Seconds: see whether everything runs. The figures mean nothing.
    #[arg(long, conflicts_with = "long")]
    smoke: bool,
    /// Fail if a goal is missed, or could not be measured.
    #[arg(long)]
    check: bool,
    /// Measure what one goal needs, such as G6. Figures that it does not judge mean nothing then.
    #[arg(long, value_name = "GOAL", ignore_case = true, conflicts_with_all = ["smoke", "page"])]
    only: Option<Goal>,
    /// Print JSON instead of the table. It is written to `report.json` in the folder in any case.
    #[arg(long)]
    json: bool,
    /// Write the table into a page, between its marks.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Rounds, instead of 7.
    #[arg(long, value_name = "COUNT")]
    rounds: Option<usize>,
    /// The program `vestibule`; the one beside this program unless given.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Where databases may lie; `bench` beside the build's folder unless given. The disk counts: logins are durable.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match measured(&arguments) {
        Ok(report) if arguments.check && !report.all_met() => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measured(arguments: &Arguments) -> Result<Report> {
    let options = options(arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(vestibule_bench::run(&options))?;
    let json = serde_json::to_string_pretty(&report)?;
    fs::write(options.folder.join("report.json"), &json)?;
    if let Some(page) = &arguments.page {
        let text = fs::read_to_string(page).with_context(|| page.display().to_string())?;
        let text = report::with_figures(&text, &report);
        fs::write(page, text.context("the page has no place for figures")?)?;
    }
    let mut output = std::io::stdout().lock();
    if arguments.json {
        writeln!(output, "{json}")?;
    } else {
        write!(output, "{report}")?;
    }
    Ok(report)
}

fn options(arguments: &Arguments) -> Result<Options> {
    let ours = std::env::current_exe()?;
    let build = ours.parent().context("a program in a folder")?;
    let beside = || build.parent().unwrap_or(Path::new(".")).join("bench");
    let mut plan = match (arguments.long, arguments.smoke) {
        (true, _) => Plan::long(),
        (_, true) => Plan::smoke(),
        _ => Plan::usual(),
    };
    plan = arguments.only.map_or(plan, |goal| plan.only(goal));
    plan.rounds = arguments.rounds.unwrap_or(plan.rounds);
    Ok(Options {
        plan,
        program: arguments
            .program
            .clone()
            .unwrap_or_else(|| build.join("vestibule")),
        folder: arguments.folder.clone().unwrap_or_else(beside),
    })
}
