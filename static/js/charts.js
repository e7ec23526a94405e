// Charts: the option stands in a JSON script element, the library is fetched only by pages that have a chart.
(() => {
  const COLOURS = ["#256ef4", "#003675", "#0f9d8a", "#c75300", "#7b4fd4", "#8a949e"];
  const FONT = '"Pretendard GOV", "Noto Sans KR", sans-serif';
  const loading = new Map();

  function load(url) {
    if (!loading.has(url)) {
      loading.set(
        url,
        new Promise((resolve, reject) => {
          const script = document.createElement("script");
          script.src = url;
          script.onload = resolve;
          script.onerror = reject;
          document.head.append(script);
        }),
      );
    }
    return loading.get(url);
  }

  function dressed(option) {
    return {
      color: COLOURS,
      animationDuration: 300,
      ...option,
      textStyle: { fontFamily: FONT, fontSize: 14, ...option.textStyle },
      legend: option.legend && { top: 0, ...option.legend },
      grid: option.grid ?? { left: 8, right: 24, top: 56, bottom: 8, containLabel: true },
      aria: { enabled: true, decal: { show: true }, ...option.aria },
      // The HTML tooltip writes style attributes, which the content security policy refuses.
      tooltip: option.tooltip === false ? undefined : { renderMode: "richText", confine: true, ...option.tooltip },
    };
  }

  async function draw(place) {
    const option = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    await load(place.dataset.library);
    const korean = document.documentElement.lang === "ko";
    if (korean) {
      await load(place.dataset.language);
    }
    const chart = window.echarts.init(place, null, { renderer: "svg", locale: korean ? "KO" : "EN" });
    chart.setOption(dressed(option));
    place.setAttribute("role", "img");
    new ResizeObserver(() => chart.resize()).observe(place);
  }

  function drawAll(root) {
    for (const place of root.querySelectorAll("[data-chart]:not([data-drawn])")) {
      place.dataset.drawn = "yes";
      draw(place).catch(() => {
        // The table beneath says the same; an empty frame would only be in the way.
        place.hidden = true;
      });
    }
  }

  document.addEventListener("htmx:load", (event) => drawAll(event.target.parentNode ?? document));
  drawAll(document);
})();
