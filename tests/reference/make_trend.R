# Truth for change between waves: ANES 2020 split by gender as two waves of one questionnaire, men first, women later,
# once as samples drawn apart (wave x stratum) and once as samples of the same PSUs; the components of the change of
# trust by lm; a line through five estimates by lm. Only estimates are kept, no answers.
# SURVEY_SHARED=<folder> Rscript make_trend.R
suppressMessages({library(survey); library(jsonlite)})
shared <- Sys.getenv("SURVEY_SHARED", "../../../shared")

anes <- read.csv(file.path(shared, "data/anes_2020/anes_2020.csv"), na.strings = c("NA", ""))
answers <- c("Always", "Most of the time", "About half the time", "Some of the time", "Never")
anes$y <- match(anes$TrustGovernment, answers)
anes <- anes[!is.na(anes$Weight) & anes$Weight > 0 & !is.na(anes$Gender), ]
anes$wave <- ifelse(anes$Gender == "Male", "1", "2")

change <- function(overlap, level = NULL, education = NULL) {
  rows <- anes
  rows$value <- if (is.null(level)) rows$y else as.numeric(rows$y == level)
  rows$h <- if (overlap == "none") paste(rows$wave, rows$Stratum) else rows$Stratum
  design <- svydesign(~VarUnit, strata = ~h, weights = ~Weight, data = rows, nest = TRUE)
  asked <- !is.na(rows$value) & (if (is.null(education)) TRUE else !is.na(rows$Education) & rows$Education == education)
  found <- svycontrast(svyby(~value, ~wave, design[asked, ], svymean, covmat = TRUE), c("1" = -1, "2" = 1))
  held <- rows[asked, ]
  df <- nrow(unique(held[c("h", "VarUnit")])) - length(unique(held$h))
  list(estimate = as.numeric(coef(found)), std_error = as.numeric(SE(found)), df = df)
}
cases <- list()
for (overlap in c("none", "psu")) {
  add <- function(...) cases[[length(cases) + 1]] <<- c(list(overlap = overlap), list(...))
  add(level = "", by_level = "", expected = change(overlap))
  for (level in 1:5) add(level = as.character(level), by_level = "", expected = change(overlap, level))
  add(level = "", by_level = "5", expected = change(overlap, education = "Graduate"))
}

# Kitagawa, symmetric, by the coefficients of a main-effects regression in each wave.
parts <- function(variables) {
  used <- anes[complete.cases(anes[c("y", variables)]), ]
  for (v in variables) used[[v]] <- factor(used[[v]])
  formula <- reformulate(variables, "y")
  of <- function(wave) {
    rows <- used[used$wave == wave, ]
    x <- model.matrix(formula, rows)
    list(beta = coef(lm(formula, rows, weights = Weight)), share = colSums(x * rows$Weight) / sum(rows$Weight),
         mean = weighted.mean(rows$y, rows$Weight), term = attr(x, "assign"))
  }
  a <- of("1"); b <- of("2")
  moved <- (b$share - a$share) * (b$beta + a$beta) / 2
  by <- tapply(moved, a$term, sum)[-1]
  list(change = b$mean - a$mean, composition = setNames(as.list(as.numeric(by)), variables),
       rate = sum((b$beta - a$beta) * (b$share + a$share) / 2))
}
age <- cut(anes$Age, c(18, 30, 40, 50, 60, 70, Inf), right = FALSE)
anes$AgeGroup <- as.character(age)
components <- list(one = parts("Education"), two = parts(c("Education", "AgeGroup")))

x <- c(2017.5, 2019.4, 2021.6, 2023.5, 2025.6); y <- c(3.01, 3.08, 3.02, 3.20, 3.24); v <- c(.0021, .0018, .0025, .0016, .0014)
fit <- lm(y ~ x, weights = 1 / v)
line <- list(time = x, estimate = y, variance = v, slope = unname(coef(fit)[2]),
  std_error = unname(sqrt(summary(fit)$cov.unscaled[2, 2])), q = sum(residuals(fit)^2 / v),
  p = pchisq(sum(residuals(fit)^2 / v), 3, lower.tail = FALSE))
write_json(list(change = cases, components = components, line = line), "trend.json", digits = NA, auto_unbox = TRUE,
           pretty = TRUE)
