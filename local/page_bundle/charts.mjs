// What the page uses of Apache ECharts: a part that is not named here is not in the bundle.
import { BarChart, GraphChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, GraphChart, GridComponent, LegendComponent, LineChart, SVGRenderer, TooltipComponent]);

export { init };
