# Truth: proportional odds on real answers (R psych's bfi). Writes polr.json: coefficients, no answers. Run in this
# folder: Rscript make_polr.R <folder of the shared real data>.

folder <- commandArgs(TRUE)[1]
d <- read.csv(file.path(folder, "data", "bfi", "bfi.csv"))
d <- d[complete.cases(d[c("A2", "N1", "O4", "gender", "education", "age")]), ]
case <- function(item) {
  formula <- reformulate(c("factor(gender)", "factor(education)", "age"), sprintf("factor(%s)", item))
  fit <- MASS::polr(formula, d, Hess = TRUE, control = list(reltol = 1e-15, maxit = 1000))
  list(item = item, n = nrow(d), slope = I(unname(coef(fit))), threshold = I(unname(fit$zeta)),
       log_likelihood = as.numeric(logLik(fit)))
}
cases <- lapply(c("A2", "N1", "O4"), case)
jsonlite::write_json(list(cases = cases), "polr.json", digits = NA, auto_unbox = TRUE)
