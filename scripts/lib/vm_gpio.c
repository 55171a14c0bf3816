// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A GPIO chip in memory, called as a Pi 4's is, for the virtual machine's trials:
 *     echo 17=0 >/sys/module/vm_gpio/parameters/level      pulls line 17 low
 * All lines are high at first, as pulled up. Those from 20 on have names, GPIO20 and so on. It is
 * taken away, and brought back, by unbinding vm_gpio.0 from its driver. Once brought back its lines
 * have no names: a chip that was taken away in use stays in the list in which Linux 6.1 looks for
 * each name of a new one, and it faults at the missing chip (gpio_name_to_desc).
 */
#include <linux/bitmap.h>
#include <linux/gpio/driver.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#define LINES 54 /* as many as a Pi 4 has */
#define FIRST_NAMED 20

static DECLARE_BITMAP(levels, LINES);
static char named[LINES][8];
static const char *names[LINES];
static bool was_there;
static struct platform_device *device;
static struct gpio_chip *there;
static DEFINE_MUTEX(presence);

static int vm_get(struct gpio_chip *chip, unsigned int line)
{
	return test_bit(line, levels);
}

static int vm_is_input(struct gpio_chip *chip, unsigned int line)
{
	return GPIO_LINE_DIRECTION_IN;
}

static int vm_input(struct gpio_chip *chip, unsigned int line)
{
	return 0;
}

static int vm_config(struct gpio_chip *chip, unsigned int line, unsigned long config)
{
	return 0; /* biased as it is */
}

static void vm_mask(struct irq_data *data)
{
	gpiochip_disable_irq(irq_data_get_irq_chip_data(data), irqd_to_hwirq(data));
}

static void vm_unmask(struct irq_data *data)
{
	gpiochip_enable_irq(irq_data_get_irq_chip_data(data), irqd_to_hwirq(data));
}

static int vm_type(struct irq_data *data, unsigned int type)
{
	return 0; /* every change is told; gpiolib looks at the level */
}

static const struct irq_chip vm_irq = {
	.name = "vm_gpio",
	.irq_mask = vm_mask,
	.irq_unmask = vm_unmask,
	.irq_set_type = vm_type,
	.flags = IRQCHIP_IMMUTABLE,
	GPIOCHIP_IRQ_RESOURCE_HELPERS,
};

static void vm_leave(void *unused)
{
	mutex_lock(&presence);
	there = NULL;
	mutex_unlock(&presence);
}

static int vm_probe(struct platform_device *pdev)
{
	struct gpio_chip *chip = devm_kzalloc(&pdev->dev, sizeof(*chip), GFP_KERNEL);
	int error;

	if (!chip)
		return -ENOMEM;
	bitmap_fill(levels, LINES);
	chip->label = "pinctrl-bcm2711";
	chip->parent = &pdev->dev;
	chip->owner = THIS_MODULE;
	chip->base = -1;
	chip->ngpio = LINES;
	chip->names = was_there ? NULL : names;
	chip->get = vm_get;
	chip->get_direction = vm_is_input;
	chip->direction_input = vm_input;
	chip->set_config = vm_config;
	gpio_irq_chip_set_chip(&chip->irq, &vm_irq);
	chip->irq.handler = handle_simple_irq;
	chip->irq.default_type = IRQ_TYPE_NONE;
	error = devm_gpiochip_add_data(&pdev->dev, chip, NULL);
	if (error)
		return error;
	there = chip;
	was_there = true;
	dev_info(&pdev->dev, "gpio chip is there\n");
	return devm_add_action_or_reset(&pdev->dev, vm_leave, NULL);
}

static struct platform_driver driver = {
	.driver = { .name = "vm_gpio" },
	.probe = vm_probe,
};

static int level_set(const char *text, const struct kernel_param *param)
{
	unsigned int line, high;

	if (sscanf(text, "%u=%u", &line, &high) != 2 || line >= LINES)
		return -EINVAL;
	mutex_lock(&presence);
	assign_bit(line, levels, high);
	if (there)
		generic_handle_domain_irq_safe(there->irq.domain, line);
	mutex_unlock(&presence);
	return 0;
}

static const struct kernel_param_ops level_ops = { .set = level_set };
module_param_cb(level, &level_ops, NULL, 0200);
MODULE_PARM_DESC(level, "LINE=0 or LINE=1");

static int __init vm_init(void)
{
	unsigned int line;
	int error;

	for (line = FIRST_NAMED; line < LINES; line++) {
		snprintf(named[line], sizeof(named[line]), "GPIO%u", line);
		names[line] = named[line];
	}
	error = platform_driver_register(&driver);
	if (error)
		return error;
	device = platform_device_register_simple("vm_gpio", 0, NULL, 0);
	if (!IS_ERR(device))
		return 0;
	platform_driver_unregister(&driver);
	return PTR_ERR(device);
}

static void __exit vm_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&driver);
}

module_init(vm_init);
module_exit(vm_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("A GPIO chip in memory");
