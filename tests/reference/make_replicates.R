# Truth: R survey's estimates under replicate weights: JK1, JKn, bootstrap, BRR, Fay, whole weights and factors,
# mse or not, re-calibrated in each replicate; regressions fitted again in each. Writes replicates.json. Run in this folder: Rscript make_replicates.R

library(survey)
library(jsonlite)
source("design_sample.R")

d <- design_sample()
set.seed(20260101)
psus <- unique(d[c("stratum", "psu")])
psus$two <- ave(seq_len(nrow(psus)), psus$stratum, FUN = function(i) (seq_along(i) - 1) %% 2)
d$half <- psus$two[match(paste(d$stratum, d$psu), paste(psus$stratum, psus$psu))]

base <- svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
flat <- svydesign(~ interaction(stratum, psu), weights = ~w, data = d)
halves <- svydesign(~half, strata = ~stratum, weights = ~w, data = d, nest = TRUE)

designs <- list(
  jkn = as.svrepdesign(base, type = "JKn"),
  jk1 = as.svrepdesign(flat, type = "JK1"),
  bootstrap = as.svrepdesign(base, type = "subbootstrap", replicates = 40),
  brr = as.svrepdesign(halves, type = "BRR"),
  fay = as.svrepdesign(halves, type = "Fay", fay.rho = 0.3)
)
targets <- list(sex = round(tapply(d$w * (1 + 0.1 * (d$sex == "m")), d$sex, sum), 3))
raked <- function(des) {
  calibrate(des, ~sex, c("(Intercept)" = sum(targets$sex), sexm = unname(targets$sex["m"])),
            calfun = "raking", epsilon = 1e-12, maxit = 500)
}

weights_of <- function(des) unname(as.matrix(weights(des, "analysis")))
df_of <- function(des, rows) qr(weights_of(des)[rows, , drop = FALSE], tol = 1e-5)$rank - 1
row_of <- function(est, df) {
  se <- as.numeric(SE(est)); e <- as.numeric(coef(est))
  list(estimate = e, std_error = se, df = df)
}
cases_of <- function(name, des) {
  out <- list()
  add <- function(id, measure, estimand, by, expected) {
    out[[length(out) + 1]] <<- list(id = paste(name, id, sep = "/"), design = name, measure = measure,
                                    estimator = estimand, by = by, expected = expected)
  }
  ok <- !is.na(d$y)
  add("mean/y", "y", "mean", I(character()), row_of(svymean(~y, des, na.rm = TRUE), df_of(des, ok)))
  add("total/y", "y", "total", I(character()), row_of(svytotal(~y, des, na.rm = TRUE), df_of(des, ok)))
  oki <- !is.na(d$item)
  for (level in 1:5) {
    des2 <- update(des, hit = as.numeric(item == level))
    p <- svymean(~hit, des2, na.rm = TRUE)
    add(paste0("proportion/item/", level), "item", "proportion", I(character()),
        c(row_of(p, df_of(des, oki)), list(level = as.character(level))))
  }
  for (g in c("a", "b", "c")) {
    inside <- !is.na(d$g) & d$g == g
    sub <- des[which(inside), ]
    add(paste0("mean/y/", g), "y", "mean", I("g"),
        c(row_of(svymean(~y, sub, na.rm = TRUE), df_of(des, inside & ok)), list(by_level = g)))
  }
  out
}
spec <- function(name, des, ...) {
  scale <- des$scale
  c(list(type = switch(name, jkn = "jkn", jk1 = "jk1", bootstrap = "bootstrap", brr = "brr", fay = "fay"),
         scale = scale, rscales = I(as.numeric(des$rscales)), mse = FALSE, rho = if (name == "fay") 0.3 else 0,
         weights = weights_of(des)), list(...))
}
out <- list(designs = list(), cases = list())
for (name in names(designs)) {
  out$designs[[name]] <- spec(name, designs[[name]])
  out$cases <- c(out$cases, cases_of(name, designs[[name]]))
}
mse <- designs$bootstrap
mse$mse <- TRUE
out$designs$bootstrap_mse <- modifyList(spec("bootstrap", mse), list(mse = TRUE))
out$cases <- c(out$cases, cases_of("bootstrap_mse", mse))
calibrated <- raked(designs$jkn)
out$designs$jkn_raked <- c(spec("jkn", designs$jkn), list(targets = as.list(targets$sex)))
out$cases <- c(out$cases, cases_of("jkn_raked", calibrated))

# Regressions: svyglm fits them again under every replicate; its stopping rule is tightened. It takes a column
# named g for its own call, so that goes.
out$regressions <- list()
tight <- glm.control(epsilon = 1e-14, maxit = 100)
for (name in names(designs)) {
  des <- designs[[name]]
  des$variables$g <- NULL
  for (model in c("linear", "logistic")) {
    fit <- if (model == "linear") svyglm(y ~ sex + x, des) else
      svyglm(yes ~ sex + age, des, family = quasibinomial(), control = tight)
    out$regressions[[length(out$regressions) + 1]] <- list(
      id = paste(name, model, sep = "/"), design = name, model = model,
      expected = list(estimate = as.numeric(coef(fit)), covariance = matrix(vcov(fit), length(coef(fit))), df = fit$df.residual))
  }
}
write(toJSON(out, auto_unbox = TRUE, digits = NA, null = "null"), "replicates.json")
