# The jobs by R's survey, effectsize-free base R for ranks, psych for alpha. Usage: Rscript peer_survey.R FILE.csv JOB PART
# PART: the share of the job's calls to make, in (0, 1]. Prints one JSON line: seconds, versions, results.

suppressMessages({library(survey); library(data.table)})
arguments <- commandArgs(trailingOnly = TRUE)
setDTthreads(1)
job <- arguments[2]
part <- as.numeric(arguments[3])

groups <- c(sex = 2, age = 5, education = 5, income = 5, district = 7, device = 3)
indicators <- c("outreach", "access", "links", "hopes", "openness", "response")
items <- as.vector(outer(1:6, indicators, function(j, name) paste0(name, j)))
scores <- paste0("score_", indicators)
margins <- c("sex", "age", "district")
replicates <- 500

wave <- as.data.frame(fread(arguments[1]))
for (name in c(names(groups), items)) wave[[name]] <- factor(wave[[name]])
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = wave, nest = TRUE)
some <- function(calls) calls[seq_len(max(1, ceiling(length(calls) * part)))]
formula_of <- function(name) reformulate(name)

jobs <- list(
  domain_tables = function() {
    pairs <- some(unlist(lapply(scores, function(s) lapply(names(groups), function(g) c(s, g))), recursive = FALSE))
    found <- lapply(pairs, function(p) {
      means <- svyby(formula_of(p[1]), formula_of(p[2]), design, svymean, na.rm = TRUE)
      confint(means, df = degf(design))
      list(estimate = coef(means), std_error = SE(means))
    })
    list(estimate = unlist(lapply(found, `[[`, 1)), std_error = unlist(lapply(found, `[[`, 2)))
  },
  level_shares = function() {
    found <- lapply(some(items), function(i) svymean(formula_of(i), design, na.rm = TRUE))
    list(estimate = unlist(lapply(found, coef)), std_error = unlist(lapply(found, SE)))
  },
  rao_scott = function() {
    pairs <- some(unlist(lapply(items, function(i) lapply(names(groups), function(g) c(i, g))), recursive = FALSE))
    found <- lapply(pairs, function(p) svychisq(formula_of(p), design, statistic = "F"))
    list(statistic = sapply(found, `[[`, "statistic"), df = sapply(found, function(t) t$parameter[1]),
      p_value = sapply(found, `[[`, "p.value"))
  },
  ranks = function() {
    found <- lapply(some(items), function(i) {
      used <- !is.na(wave[[i]])
      y <- as.integer(wave[[i]][used])
      g <- wave$education[used]
      list(statistic = kruskal.test(y, g)$statistic, z = dunn(y, g))
    })
    list(statistic = unlist(lapply(found, `[[`, 1)), z = unlist(lapply(found, `[[`, 2)))
  },
  alphas = function() {
    found <- lapply(some(indicators), function(name) {
      x <- sapply(wave[paste0(name, 1:6)], as.integer)
      psych::alpha(as.data.frame(na.omit(x)), warnings = FALSE)
    })
    list(alpha = sapply(found, function(a) a$total$raw_alpha), item_rest = unlist(lapply(found, function(a) a$item.stats$r.drop)))
  },
  raking = function() {
    goals <- goal()
    raked <- rake(design, lapply(margins, formula_of), goals, control = list(maxit = 500, epsilon = 1e-10))
    list(weight = weights(raked)[1:100])
  },
  bootstrap = function() {
    replicated <- as.svrepdesign(design, type = "subbootstrap", replicates = replicates * part)
    found <- lapply(scores, function(s) SE(svyby(formula_of(s), ~education, replicated, svymean, na.rm = TRUE)))
    list(std_error = unlist(found))
  }
)

dunn <- function(y, g) {
  n <- length(y)
  r <- rank(y)
  ties <- as.numeric(table(y))
  variance <- n * (n + 1) / 12 - sum(ties^3 - ties) / (12 * (n - 1))
  mean_rank <- tapply(r, g, mean)
  size <- tapply(r, g, length)
  pair <- combn(length(size), 2)
  (mean_rank[pair[1, ]] - mean_rank[pair[2, ]]) / sqrt(variance * (1 / size[pair[1, ]] + 1 / size[pair[2, ]]))
}

# The same totals as `layout.targets`: the weighted margins, moved by up to a tenth.
goal <- function() {
  sums <- lapply(margins, function(m) as.numeric(tapply(wave$weight, wave[[m]], sum)))
  Map(function(m, size) {
    moved <- size * (1 + 0.1 * cos(seq_along(size) - 1))
    data.frame(setNames(list(levels(wave[[m]])), m), Freq = moved * sum(sums[[1]]) / sum(moved))
  }, margins, sums)
}

json_numbers <- function(x) {
  text <- sprintf("%.17g", as.numeric(x))
  paste0("[", paste(ifelse(is.finite(as.numeric(x)), text, "null"), collapse = ","), "]")
}
seconds <- system.time(results <- jobs[[job]]())[["elapsed"]]
cat(sprintf('{"seconds": {"%s": %.6f}, "results": {"%s": {%s}}, "version": "%s"}\n', job, seconds, job,
  paste(sprintf('"%s": %s', names(results), sapply(results, json_numbers)), collapse = ", "),
  sprintf("R %s.%s, survey %s", R.version$major, R.version$minor, packageVersion("survey"))))
