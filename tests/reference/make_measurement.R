# Truth: R's latent-variable models of ordinal answers on synthetic data: polychoric correlations and their errors
# (lavaan::lavCor), confirmatory models by ML and WLSMV, invariance of groups, exploratory factors (psych::fa, omega),
# sampling adequacy, and differential item functioning from MASS::polr written out as in Zumbo (1999).
# Writes measurement.json. Run in this folder: Rscript make_measurement.R

suppressMessages({library(lavaan); library(psych); library(GPArotation); library(MASS); library(jsonlite)})
set.seed(20261203)
options(digits = 17)

# n rows of ordinal items: loadings (p, m), factor correlation phi, a list of thresholds an item.
ordinal_items <- function(n, loadings, phi, thresholds, mean = 0) {
  factors <- matrix(rnorm(n * ncol(loadings)), n) %*% chol(phi) + mean
  unique <- sqrt(pmax(1 - rowSums((loadings %*% phi) * loadings), 0.05))
  response <- factors %*% t(loadings) + matrix(rnorm(n * nrow(loadings)), n) %*% diag(unique)
  found <- as.data.frame(sapply(seq_along(thresholds), function(j) findInterval(response[, j], thresholds[[j]])))
  setNames(found, paste0("y", seq_along(thresholds)))
}
tight <- list(rel.tol = 1e-10)
columns <- function(d) unname(as.list(d))
five <- c(-1.4, -0.5, 0.3, 1.2)

fit_names <- c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr", "baseline.chisq", "baseline.df")
scaled_names <- c("chisq.scaled", "df", "pvalue.scaled", "chisq.scaling.factor", "cfi.scaled", "tli.scaled", "rmsea.scaled",
  "rmsea.ci.lower.scaled", "rmsea.ci.upper.scaled", "srmr", "baseline.chisq.scaled", "chisq", "cfi", "rmsea")
measures <- function(fit, names) as.list(unclass(fitMeasures(fit, names)))

polychoric_case <- function(name, set) {
  d <- get(set)
  fit <- lavCor(d, ordered = names(d), output = "fit", se = "standard", control = tight)
  e <- parameterEstimates(fit)
  pair <- e[e$op == "~~" & e$lhs != e$rhs, ]
  found <- matrix(0, ncol(d), ncol(d), dimnames = list(names(d), names(d)))
  error <- found
  for (i in seq_len(nrow(pair))) {
    found[pair$lhs[i], pair$rhs[i]] <- found[pair$rhs[i], pair$lhs[i]] <- pair$est[i]
    error[pair$lhs[i], pair$rhs[i]] <- error[pair$rhs[i], pair$lhs[i]] <- pair$se[i]
  }
  diag(found) <- 1
  th <- e[e$op == "|", ]
  list(name = name, data = set, correlation = found, std_error = error,
    thresholds = unname(lapply(names(d), function(v) I(th$est[th$lhs == v]))))
}

syntax <- function(pattern) paste(sapply(seq_len(ncol(pattern)), function(f)
  paste0("f", f, " =~ ", paste0("y", which(pattern[, f] == 1), collapse = " + "))), collapse = "\n")
cfa_case <- function(name, set, pattern) {
  d <- get(set)
  p <- nrow(pattern); m <- ncol(pattern)
  model <- syntax(pattern)
  tables <- function(fit) {
    e <- parameterEstimates(fit)
    s <- standardizedSolution(fit)
    load <- error <- std <- matrix(0, p, m)
    phi <- diag(m)
    for (j in seq_len(p)) for (f in seq_len(m)) {
      at <- e$op == "=~" & e$lhs == paste0("f", f) & e$rhs == paste0("y", j)
      if (any(at)) { load[j, f] <- e$est[at]; error[j, f] <- e$se[at]; std[j, f] <- s$est.std[at] }
    }
    for (f in seq_len(m)) for (g in seq_len(m)) {
      at <- e$op == "~~" & e$lhs == paste0("f", f) & e$rhs == paste0("f", g)
      if (any(at)) phi[f, g] <- phi[g, f] <- e$est[at]
    }
    list(loadings = load, std_error = error, standardised = std, factor_correlation = phi)
  }
  ml <- cfa(model, d, std.lv = TRUE, control = tight)
  wls <- cfa(model, d, ordered = names(d), estimator = "WLSMV", std.lv = TRUE, control = tight)
  list(name = name, data = set, pattern = pattern, ml = c(tables(ml), list(fit = measures(ml, fit_names))),
    wlsmv = c(tables(wls), list(fit = measures(wls, scaled_names))))
}

mixed <- ordinal_items(400, matrix(c(0.97, 0.96, 0.7, -0.8, 0.5, 0.3)), diag(1),
  list(five, five, c(-0.3, 0.8), 0.4, c(0.5, 1, 1.6, 2.1), c(-1.5, -1, -0.5, 0.2, 0.9, 1.7)))
skewed <- ordinal_items(250, matrix(c(0.8, 0.6, 0.7, 0.5)), diag(1), list(c(1, 1.5, 2), c(-1.6, -1.1, -0.5), 0.6, 0.8))
quarter <- ordinal_items(120, matrix(c(0.9, 0.8, 0.7)), diag(1), list(1.4, -1.1, 0.2))
two_load <- cbind(c(0.8, 0.7, 0.75, 0.6, rep(0, 4)), c(rep(0, 4), 0.7, 0.8, 0.65, 0.55))
two_phi <- matrix(c(1, 0.45, 0.45, 1), 2)
two <- ordinal_items(600, two_load, two_phi, c(rep(list(five), 5), list(c(-0.7, 0.6), c(0.2), c(-1, 0, 1))))
one_load <- matrix(c(0.8, 0.7, 0.6, 0.75, 0.5))
one <- ordinal_items(300, one_load, diag(1), rep(list(five), 5))
two_pattern <- (two_load > 0) * 1
cross <- cbind(c(1, 1, 1, 1, 1, 0, 0, 0), c(0, 0, 0, 0, 1, 1, 1, 1))

three_load <- cbind(c(rep(0.75, 4), rep(0.1, 8)), c(rep(0, 4), 0.7, 0.6, 0.8, 0.65, rep(0, 4)), c(rep(0.05, 8), 0.6, 0.7, 0.5, 0.8))
three_phi <- matrix(c(1, 0.5, 0.4, 0.5, 1, 0.45, 0.4, 0.45, 1), 3)
three <- ordinal_items(700, three_load, three_phi, rep(list(five), 12))
efa_case <- function(name, set, m, fm) {
  d <- get(set)
  r <- cor(d)
  fit <- fa(r, m, n.obs = nrow(d), rotate = if (m > 1) "oblimin" else "none", fm = fm)
  list(name = name, factors = m, extraction = fm, data = set, uniqueness = unname(fit$uniquenesses),
    loadings = unname(unclass(fit$loadings)), phi = if (m > 1) unname(fit$Phi) else I(matrix(1)))
}
hierarchical <- function(set) {
  d <- get(set)
  pdf(NULL)
  fit <- suppressMessages(omega(cor(d), 3, fm = "minres", rotate = "oblimin", plot = FALSE, n.obs = nrow(d)))
  list(data = set, omega_h = fit$omega_h, general = unname(fit$schmid$sl[, "g"]))
}
adequacy <- function(set) {
  d <- get(set)
  r <- cor(d)
  k <- KMO(r)
  b <- cortest.bartlett(r, nrow(d))
  list(data = set, kmo = k$MSA, kmo_item = unname(k$MSAi), chisq = b$chisq, df = b$df, p_value = b$p.value,
    map = unname(vss(r, 6, n.obs = nrow(d), rotate = "none", plot = FALSE)$map))
}

invariance_groups <- function(sizes, loadings, thresholds, shift, mean) do.call(rbind, lapply(seq_along(sizes), function(g)
  cbind(ordinal_items(sizes[g], loadings, diag(ncol(loadings)), lapply(seq_along(thresholds), function(j) thresholds[[j]] + shift[[g]][j]), mean[g]), group = g)))
invariance_case <- function(name, d, pattern, steps) {
  items <- paste0("y", seq_len(nrow(pattern)))
  fits <- lapply(steps, function(step) {
    if (identical(step$equal, "wu_estabrook")) fit <- lavaan(free_later(step$model, d, items), d, ordered = items,
      group = "group", estimator = "WLSMV", control = tight, parameterization = "delta")
    else fit <- cfa(step$model, d, ordered = items, group = "group", estimator = "WLSMV", std.lv = TRUE, control = tight,
      parameterization = step$parameterization, group.equal = step$equal)
    c(list(step = step$name), measures(fit, scaled_names))
  })
  list(name = name, data = columns(d[items]), group = d$group - 1, pattern = pattern, fits = fits)
}
# Wu and Estabrook's model of equal thresholds and loadings: intercepts and scales of the later groups are free,
# factor means are 0. lavaan frees scales and means here; the syntax cannot free intercepts, the table can.
free_later <- function(model, d, items) {
  table <- parTable(cfa(model, d, ordered = items, group = "group", estimator = "WLSMV", std.lv = TRUE, do.fit = FALSE,
    group.equal = c("thresholds", "loadings")))
  mean <- table$op == "~1" & table$lhs == "f1"
  intercept <- table$op == "~1" & table$lhs %in% items & table$group > 1
  table$free[mean] <- 0L
  table$ustart[mean] <- 0
  table$free[intercept] <- max(table$free) + seq_len(sum(intercept))
  table$ustart[intercept] <- NA
  free <- table$free > 0
  table$free[free] <- seq_len(sum(free))
  table[setdiff(names(table), c("est", "se", "start"))]
}
unit_residual <- function(items, groups) paste(paste0(items, " ~~ c(", paste(rep("1", groups), collapse = ", "), ")*", items), collapse = "\n")

ladder <- function(pattern, groups, categories) {
  model <- syntax(pattern)
  items <- paste0("y", seq_len(nrow(pattern)))
  metric <- if (categories > 4) list(name = "metric", model = model, equal = "loadings", parameterization = "delta") else
    list(name = "metric", model = model, equal = "wu_estabrook", parameterization = "delta")
  list(list(name = "configural", model = model, equal = "", parameterization = "delta"), metric,
    list(name = "scalar", model = model, equal = c("thresholds", "loadings"), parameterization = "delta"),
    list(name = "strict", model = paste(model, unit_residual(items, groups), sep = "\n"), equal = c("thresholds", "loadings"), parameterization = "theta"))
}
# Zumbo's three cumulative logits of each item on the sum of all; Nagelkerke's and McKelvey and Zavoina's R².
dif_case <- function(name, d) {
  items <- setdiff(names(d), "group")
  score <- scale(rowSums(d[items]))[, 1]
  group <- factor(d$group)
  n <- nrow(d)
  one <- function(item) {
    y <- factor(d[[item]])
    l0 <- sum(table(y) * log(table(y) / n))
    fits <- list(polr(y ~ score, control = list(reltol = 1e-14)), polr(y ~ score + group, control = list(reltol = 1e-14)),
      polr(y ~ score * group, control = list(reltol = 1e-14)))
    l <- sapply(fits, function(f) as.numeric(logLik(f)))
    eta <- sapply(fits, function(f) { v <- f$lp; mean((v - mean(v))^2) })
    list(chisq = 2 * diff(l), r2 = (1 - exp(2 * (l0 - l) / n)) / (1 - exp(2 * l0 / n)), explained = eta / (eta + pi^2 / 3))
  }
  list(name = name, data = columns(d[items]), group = d$group - 1, items = lapply(items, one))
}
same5 <- invariance_groups(c(350, 420), one_load, rep(list(five), 5), list(rep(0, 5), rep(0, 5)), c(0, 0.4))
moved5 <- invariance_groups(c(350, 420), one_load, rep(list(five), 5), list(rep(0, 5), c(0, 0.6, 0, 0, 0)), c(0, 0.4))
same3 <- invariance_groups(c(250, 300, 260), rbind(one_load, 0.65), rep(list(c(-0.6, 0.7)), 6), list(rep(0, 6), rep(0, 6), c(0, 0, 0, 0.3, 0, 0)), c(0, 0.4, -0.3))
two5 <- invariance_groups(c(400, 380), two_load, rep(list(five), 8), list(rep(0, 8), rep(0, 8)), c(0, 0.2))
write_json(list(invariance = list(
    invariance_case("alike", same5, matrix(1, 5, 1), ladder(matrix(1, 5, 1), 2, 5)),
    invariance_case("one item harder", moved5, matrix(1, 5, 1), ladder(matrix(1, 5, 1), 2, 5)),
    invariance_case("two factors", two5, two_pattern, ladder(two_pattern, 2, 5)),
    invariance_case("three levels, three groups", same3, matrix(1, 6, 1), ladder(matrix(1, 6, 1), 3, 3))),
  dif = list(dif_case("one item harder", moved5), dif_case("three groups", same3))),
  "measurement_groups.json", digits = NA, auto_unbox = TRUE, matrix = "rowmajor")
write_json(list(
  data = lapply(mget(c("mixed", "skewed", "quarter", "one", "two", "three")), columns),
  polychoric = list(polychoric_case("mixed categories", "mixed"), polychoric_case("skewed", "skewed"), polychoric_case("five levels", "one"),
    polychoric_case("empty quarter", "quarter")),
  cfa = list(cfa_case("two factors", "two", two_pattern), cfa_case("one factor for two", "two", matrix(1, 8, 1)),
    cfa_case("a cross-loading", "two", cross), cfa_case("one factor", "one", matrix(1, 5, 1))),
  efa = list(efa_case("three, minres", "three", 3, "minres"), efa_case("three, ml", "three", 3, "ml"),
    efa_case("two of two, minres", "two", 2, "minres"), efa_case("one, ml", "one", 1, "ml")),
  hierarchical = hierarchical("three"), adequacy = adequacy("three")),
  "measurement.json", digits = NA, auto_unbox = TRUE, matrix = "rowmajor")
